// @ts-check
// The pages about people — invitations, providers, passwords, accounts — on a phone and a desktop, light and dark, in
// English and German.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { button, continueWith, providerFor } from './support/federated.js';
import { startGate } from './support/gate.js';
import { linkIn, startMailServer } from './support/mail.js';
import { freePort } from './support/net.js';
import { checkPage } from './support/page-checks.js';
import { masterPassword, otherPassword, password, person, signInAt, signUp } from './support/people.js';
import { field, send, sendTo } from './support/portal.js';
import { startUpstream } from './support/upstream.js';

/**
 * @typedef {import('./support/browser.js').Page} Page
 * @typedef {import('./support/gate.js').Gate} Gate
 * @typedef {Awaited<ReturnType<typeof startStage>>} Stage
 * @typedef {Awaited<ReturnType<import('./support/browser.js').BrowserContext['storageState']>>} Cookies
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {Stage} */
let stage;
/** Where a provider's newcomer is asked for a password. */
let link = '';
before(async () => {
  browser = await launch();
  stage = await startStage();
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

/** Two gates, one of them without mail; two providers; and people in every state. */
async function startStage() {
  /** @type {Array<() => Promise<void>>} */
  const leftovers = [];
  const stop = async () => { for (const end of leftovers.splice(0).reverse()) await end(); };
  /**
   * @template {{stop: () => Promise<void>}} T
   * @param {Promise<T>} starting
   */
  const started = async (starting) => {
    const running = await starting;
    leftovers.push(() => running.stop());
    return running;
  };
  try {
    return { ...await furnished(started), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {<T extends {stop: () => Promise<void>}>(starting: Promise<T>) => Promise<T>} started */
async function furnished(started) {
  const port = await freePort();
  const [google, works, mail, upstream] = await Promise.all([
    started(providerFor(port, 'google')), started(providerFor(port, 'works')), started(startMailServer()), started(startUpstream()),
  ]);
  const app = { upstream: upstream.url, access: /** @type {const} */ ('signup') };
  const gate = await started(startGate([
    { ...app, name: 'line4', title: 'Line 4' },
    { ...app, name: 'line5', title: 'Line 5' },
    { ...app, name: 'club', title: 'Club', access: 'invite-only' },
    { ...app, name: 'near', title: 'Near', sign_up_domains: ['plant.example', 'works.example'] },
    { ...app, name: 'queue', title: 'Queue', approval: true },
    { ...app, name: 'tanks', title: 'Tanks', access: 'master-password', master_password: masterPassword, name_question: true },
  ], { port, oidc: [google.entry, works.entry], smtp: mail.entry }));
  const alone = await started(startGate([{ ...app, name: 'line4', title: 'Line 4' }]));
  const { link: used } = await gate.api.accessLink('line4', { email: 'barbara@mail.example' });
  const cookies = await lives({ gate, alone, google, used });
  return {
    gate, alone, google, works, cookies, used, line4: gate.url('line4'),
    invite: (await gate.api.invite('club', { email: 'grace@mail.example', given_name: 'Grace' })).link,
    personnel: (await gate.api.invite('club', { username: '4711' })).link,
    reset: (await gate.api.resetLink('line4', person('Rosa').email)).link,
    address: linkIn(await mail.letterTo('rosa.new@plant.example')),
  };
}

/**
 * What browsers hold after they have lived a little; pages are shown to many screens without doing it again.
 * @param {{gate: Gate, alone: Gate, google: import('./support/provider.js').Provider, used: string}} where
 */
async function lives({ gate, alone, google, used }) {
  const line4 = gate.url('line4');
  /** @type {Record<string, (page: Page) => Promise<unknown>>} */
  const all = {
    linked: async (page) => {
      await page.goto(line4);
      await continueWith(page, google, 'ada');
      await page.goto(`${gate.url('queue')}/.millgate/sign-up`);
      await send(page, person('Walter'));
    },
    asked: async (page) => {
      await page.goto(used);
      await send(page, { password, given_name: 'Barbara', family_name: 'Liskov' });
      await page.context().clearCookies();
      await page.goto(line4);
      await continueWith(page, google, 'barbara');
      link = page.url();
    },
    plain: async (page) => {
      await signUp(page, line4, 'Rosa');
      await page.goto(`${line4}/.millgate/account`);
      await sendTo(page, 'account/email', { email: 'rosa.new@plant.example', password });
    },
    another: (page) => signInAt(page, line4, person('Rosa')),
    alone: (page) => signUp(page, alone.url('line4'), 'Otto'),
  };
  /** @type {Record<string, Cookies>} */
  const cookies = {};
  for (const [who, live] of Object.entries(all)) {
    const { context } = await visitor(browser);
    await live(await context.newPage());
    cookies[who] = await context.storageState();
    await context.close();
  }
  return cookies;
}

const inApp = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36';

/**
 * Each page: the status it has, how a visitor comes to it, as whom, and what they do there.
 * @type {Array<{name: string, status: number, as?: string, userAgent?: string, url: () => string, then?: (page: Page) => Promise<unknown>}>}
 */
const pages = [
  { name: 'providers', status: 200, url: () => stage.line4 },
  { name: 'providers-in-app', status: 200, userAgent: inApp, url: () => stage.line4 },
  { name: 'provider-asks-password', status: 200, as: 'asked', url: () => link },
  { name: 'provider-lost', status: 400, url: () => `${stage.line4}/.millgate/oidc/google/return?code=nothing` },
  { name: 'provider-callback-lost', status: 400, url: () => `${stage.gate.url('line4').replace('line4.', '')}/.millgate/oidc/google/callback?code=x&state=y` },
  { name: 'provider-unknown', status: 404, url: () => `${stage.line4}/.millgate/oidc/nobody` },
  { name: 'invite-with-providers', status: 200, url: () => stage.invite },
  { name: 'invite-personnel-number', status: 200, url: () => stage.personnel },
  { name: 'invite-gone', status: 410, url: () => stage.used },
  { name: 'reset', status: 200, url: () => `${stage.line4}/.millgate/reset` },
  { name: 'reset-sent', status: 200, url: () => `${stage.line4}/.millgate/reset`, then: (page) => send(page, { email: 'nobody@plant.example' }) },
  { name: 'reset-without-mail', status: 200, url: () => `${stage.alone.url('line4')}/.millgate/reset` },
  { name: 'reset-link', status: 200, url: () => stage.reset, then: (page) => field(page, 'password').fill(otherPassword) },
  { name: 'reset-gone', status: 410, url: () => stage.reset.replace(/.{6}$/, 'AAAAAA') },
  { name: 'account', status: 200, as: 'plain', url: () => `${stage.line4}/.millgate/account` },
  { name: 'account-linked', status: 200, as: 'linked', url: () => `${stage.line4}/.millgate/account` },
  { name: 'account-without-mail', status: 200, as: 'alone', url: () => `${stage.alone.url('line4')}/.millgate/account` },
  { name: 'account-complains', status: 200, as: 'plain', url: () => `${stage.line4}/.millgate/account`, then: (page) => sendTo(page, 'account/password', { new_password: 'short' }) },
  { name: 'account-done', status: 200, as: 'plain', url: () => `${stage.line4}/.millgate/account?done=password` },
  { name: 'confirm-address', status: 200, as: 'plain', url: () => stage.address },
  { name: 'waiting', status: 403, as: 'linked', url: () => stage.gate.url('queue') },
  { name: 'sign-up-other-domain', status: 200, url: () => `${stage.gate.url('near')}/.millgate/sign-up`, then: (page) => send(page, { ...person('Olga'), email: 'olga@elsewhere.example' }) },
  { name: 'sign-up-strength', status: 200, url: () => `${stage.line4}/.millgate/sign-up`, then: (page) => field(page, 'password').fill('Plant2024') },
  { name: 'name-question', status: 200, url: () => stage.gate.url('tanks') },
  { name: 'continue-as', status: 200, as: 'plain', url: () => stage.gate.url('line5') },
  { name: 'sign-out-everywhere', status: 200, as: 'plain', url: () => `${stage.line4}/.millgate/sign-out` },
];

const widths = { phone: 360, desktop: 1280 };
const languages = { en: 'en-US', de: 'de-DE' };
/** @type {Record<string, Record<string, string>>} headings, by language and page */
const headings = { en: {}, de: {} };

/**
 * One load of the page, looked at on every screen and in both schemes.
 * @param {Page} page
 * @param {string} name
 * @param {string} locale
 */
async function looksRightEverywhere(page, name, locale) {
  let heading = '';
  for (const [screen, width] of Object.entries(widths)) {
    await page.setViewportSize({ width, height: 740 });
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await shot(page, `${name}-${screen}-${colorScheme}-${locale.slice(0, 2)}`);
      heading = await checkPage(page, { locale, colorScheme, width });
    }
  }
  return heading;
}

describe('the pages about people', { timeout: 900_000 }, () => {
  for (const [language, locale] of Object.entries(languages)) {
    describe(`in ${language}`, { concurrency: 2 }, () => {
      for (const { name, status, as, userAgent, url, then } of pages) {
        it(name, async (test) => {
          const { context, watch } = await visitor(browser, { locale, userAgent, storageState: as ? stage.cookies[as] : undefined });
          test.after(() => context.close());
          const page = await context.newPage();
          const answer = await page.goto(url());
          assert.equal(answer?.status(), status);
          await then?.(page);
          Object.assign(headings[language] ?? {}, { [name]: await looksRightEverywhere(page, name, locale) });
          // A sign-in page may ask around among the apps of its own workspace.
          const { port } = new URL(page.url());
          assert.ok([...watch.hosts].every((host) => /^([\w-]+\.)?localhost:/.test(host) && host.endsWith(`:${port}`)), `asks ${[...watch.hosts]}`);
          // Whoever waits is told 403 when the page asks again.
          assert.deepEqual(watch.complaints.filter((line) => !/status of 403 .*\/\.millgate\/me\)$/.test(line)), []);
        });
      }
    });
  }

  it('are the same with a provider that is gone, only greyed', { timeout: 120_000 }, async (test) => {
    await stage.works.front.offline();
    const { context } = await visitor(browser);
    test.after(() => context.close());
    const page = await context.newPage();
    await page.goto(stage.line4);
    await page.locator('[data-provider=works][aria-disabled=true]').waitFor({ timeout: 40_000 });
    assert.equal(await button(page, stage.google).getAttribute('aria-disabled'), null);
    await looksRightEverywhere(page, 'provider-greyed', 'en-US');
  });

  it('speak German where they speak English', () => {
    for (const { name } of pages) {
      if (headings.en?.[name]) assert.notEqual(headings.de?.[name], headings.en[name], `the heading of ${name}`);
    }
  });
});
