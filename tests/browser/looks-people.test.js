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
 * @typedef {Awaited<ReturnType<typeof startStage>>} Stage
 * @typedef {Awaited<ReturnType<import('./support/browser.js').BrowserContext['storageState']>>} Cookies
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {Stage} */
let stage;
before(async () => {
  browser = await launch();
  stage = await startStage();
});
after(async () => {
  await browser?.close();
  await stage?.stop();
});

/** Two gates, one of them without mail; two providers, one of them gone; and people in every state. */
async function startStage() {
  const port = await freePort();
  const [google, works, mail, upstream] = await Promise.all([
    providerFor(port, 'google'), providerFor(port, 'works'), startMailServer(), startUpstream(),
  ]);
  const app = { upstream: upstream.url, access: /** @type {const} */ ('signup') };
  const gate = await startGate([
    { ...app, name: 'line4', title: 'Line 4' },
    { ...app, name: 'line5', title: 'Line 5' },
    { ...app, name: 'club', title: 'Club', access: 'invite-only' },
    { ...app, name: 'near', title: 'Near', sign_up_domains: ['plant.example', 'works.example'] },
    { ...app, name: 'queue', title: 'Queue', approval: true },
    { ...app, name: 'tanks', title: 'Tanks', access: 'master-password', master_password: masterPassword, name_question: true },
  ], { port, oidc: [google.entry, works.entry], smtp: mail.entry });
  const alone = await startGate([{ ...app, name: 'line4', title: 'Line 4' }]);
  /** @type {Record<string, Cookies>} */
  const cookies = {};
  /**
   * What a browser holds after this; pages show it to many screens without doing it again.
   * @param {string} who
   * @param {(page: Page) => Promise<unknown>} live
   */
  const lived = async (who, live) => {
    const { context } = await visitor(browser);
    await live(await context.newPage());
    cookies[who] = await context.storageState();
    await context.close();
  };
  const line4 = gate.url('line4');
  await lived('linked', async (page) => {
    await page.goto(line4);
    await continueWith(page, google, 'ada');
    await signUp(page, gate.url('queue'), 'Walter');
  });
  await lived('plain', (page) => signUp(page, line4, 'Rosa'));
  await lived('another', (page) => signInAt(page, line4, person('Rosa')));
  await lived('alone', (page) => signUp(page, alone.url('line4'), 'Otto'));
  const { link } = await gate.api.accessLink('line4', { email: 'barbara@mail.example' });
  await lived('asked', async (page) => {
    await page.goto(link);
    await send(page, { password, given_name: 'Barbara', family_name: 'Liskov' });
    await page.context().clearCookies();
    await page.goto(line4);
    await continueWith(page, google, 'barbara');
    await meetsLink(page);
  });
  await lived('mailed', async (page) => {
    await signInAt(page, line4, person('Rosa'));
    await page.goto(`${line4}/.millgate/account`);
    await sendTo(page, 'account/email', { email: 'rosa.new@plant.example', password });
  });
  return {
    gate, alone, google, works, cookies, line4, used: link,
    invite: (await gate.api.invite('club', { email: 'grace@mail.example', given_name: 'Grace' })).link,
    personnel: (await gate.api.invite('club', { username: '4711' })).link,
    reset: (await gate.api.resetLink('line4', person('Rosa').email)).link,
    address: linkIn(await mail.letterTo('rosa.new@plant.example')),
    stop: async () => {
      await Promise.all([gate.stop(), alone.stop()]);
      await Promise.all([google.stop(), works.stop(), mail.stop(), upstream.stop()]);
    },
  };
}

/** @param {Page} page */
function meetsLink(page) {
  return page.waitForURL((url) => url.pathname.endsWith('/.millgate/oidc/google/link'));
}

const inApp = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36';

/**
 * Each page: the status it has, how a visitor comes to it, as whom, and what they do there.
 * @type {Array<{name: string, status: number, as?: string, userAgent?: string, url: () => string, then?: (page: Page) => Promise<unknown>}>}
 */
const pages = [
  { name: 'providers', status: 200, url: () => stage.line4 },
  { name: 'providers-in-app', status: 200, userAgent: inApp, url: () => stage.line4 },
  { name: 'provider-asks-password', status: 200, as: 'asked', url: () => `${stage.line4}/.millgate/oidc/google/link` },
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

const screens = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const languages = { en: 'en-US', de: 'de-DE' };
/** @type {Record<string, Record<string, string>>} headings, by language and page */
const headings = { en: {}, de: {} };

/**
 * @param {typeof pages[number]} what
 * @param {{screen: keyof typeof screens, colorScheme: 'light'|'dark', language: keyof typeof languages}} look
 */
async function looksRight({ name, status, as, userAgent, url, then }, { screen, colorScheme, language }) {
  const [device, locale] = [screens[screen], languages[language]];
  const storageState = as ? stage.cookies[as] : undefined;
  const { context, watch } = await visitor(browser, { ...device, colorScheme, locale, userAgent, storageState });
  try {
    const page = await context.newPage();
    const answer = await page.goto(url());
    assert.equal(answer?.status(), status);
    await then?.(page);
    await shot(page, `${name}-${screen}-${colorScheme}-${language}`);
    const heading = await checkPage(page, { locale, colorScheme, width: device.viewport.width });
    Object.assign(headings[language] ?? {}, { [name]: heading });
    // A sign-in page may ask around among the apps of its own workspace.
    const port = new URL(page.url()).port;
    assert.ok([...watch.hosts].every((host) => /^([\w-]+\.)?localhost:/.test(host) && host.endsWith(`:${port}`)), `asks ${[...watch.hosts]}`);
    assert.deepEqual(watch.complaints, []);
  } finally {
    await context.close();
  }
}

describe('the pages about people', { timeout: 900_000 }, () => {
  for (const screen of /** @type {const} */ (['phone', 'desktop'])) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      for (const language of /** @type {const} */ (['en', 'de'])) {
        describe(`on a ${screen}, ${colorScheme}, ${language}`, { concurrency: 3 }, () => {
          for (const what of pages) it(what.name, () => looksRight(what, { screen, colorScheme, language }));
        });
      }
    }
  }

  it('are the same with a provider that is gone, only greyed', { timeout: 120_000 }, async () => {
    await stage.works.front.offline();
    const { context } = await visitor(browser, screens.phone);
    try {
      const page = await context.newPage();
      await page.goto(stage.line4);
      await page.locator('[data-provider=works][aria-disabled=true]').waitFor({ timeout: 40_000 });
      assert.equal(await button(page, stage.google).getAttribute('aria-disabled'), null);
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await page.emulateMedia({ colorScheme });
        await shot(page, `provider-greyed-phone-${colorScheme}-en`);
        await checkPage(page, { locale: 'en-US', colorScheme, width: 360 });
      }
    } finally {
      await context.close();
      await stage.works.front.online();
    }
  });

  it('speak German where they speak English', () => {
    for (const { name } of pages) {
      if (headings.en?.[name]) assert.notEqual(headings.de?.[name], headings.en[name], `the heading of ${name}`);
    }
  });
});
