// @ts-check
// Every page of the gate, on a phone and a desktop, light and dark, in English and German.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { checkPage } from './support/page-checks.js';
import { adaSignsUp, signedInAsAda, startPlant } from './support/plant.js';

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/plant.js').Plant} */
let plant;
/** @type {import('./support/plant.js').SignedIn} signed in once: sixteen times in a minute would look like guessing */
let ada;
before(async () => {
  browser = await launch();
  plant = await startPlant();
  await adaSignsUp(plant, browser);
  // Ada comes in while anybody may, and stays signed in when the doors close.
  await plant.gate.api.patchApp('club', { access: 'signup' });
  ada = await signedInAsAda(plant, browser, ['line4', 'club']);
  await plant.gate.api.patchApp('club', { access: 'invite-only' });
});
after(async () => {
  await browser?.close();
  await plant?.stop();
});

/**
 * Each page: the status it has, and how a visitor comes to it; `asAda` when only somebody signed in sees it.
 * @type {Array<{name: string, status: number, asAda?: boolean, url: () => string | Promise<string>}>}
 */
const pages = [
  { name: 'sign-in', status: 200, url: () => `${plant.gate.url('line4')}/tank?no=4` },
  { name: 'sign-in-with-both', status: 200, url: () => plant.gate.url('both') },
  { name: 'sign-up', status: 200, url: () => `${plant.gate.url('line4')}/.millgate/sign-up` },
  { name: 'sign-up-with-both', status: 200, url: () => `${plant.gate.url('both')}/.millgate/sign-up` },
  { name: 'master-password', status: 200, url: () => plant.gate.url('tanks') },
  { name: 'sign-out', status: 200, asAda: true, url: () => `${plant.gate.url('line4')}/.millgate/sign-out` },
  { name: 'not-invited', status: 403, asAda: true, url: () => plant.gate.url('club') },
  { name: 'invite', status: 200, url: async () => (await plant.gate.api.accessLink('club', { email: 'grace@plant.example' })).link },
  { name: 'stopped', status: 503, url: () => plant.gate.url('paused') },
  { name: 'bad-gateway', status: 502, url: () => plant.gate.url('broken') },
];

const screens = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const languages = { en: 'en-US', de: 'de-DE' };
/** @type {Record<string, Record<string, string>>} headings, by language and page */
const headings = { en: {}, de: {} };

describe('the pages of the gate', { timeout: 900_000 }, () => {
  for (const [screen, device] of Object.entries(screens)) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      for (const [language, locale] of Object.entries(languages)) {
        for (const { name, status, asAda, url } of pages) {
          it(`${name} on a ${screen}, ${colorScheme}, ${language}`, async () => {
            const { context, watch } = await visitor(browser, { ...device, colorScheme, locale, storageState: asAda ? ada : undefined });
            try {
              const page = await context.newPage();
              const answer = await page.goto(await url());
              assert.equal(answer?.status(), status);
              assert.match(answer?.headers()['content-security-policy'] ?? '', /default-src '(none|self)'/);
              await shot(page, `${name}-${screen}-${colorScheme}-${language}`);
              const heading = await checkPage(page, { locale, colorScheme, width: device.viewport.width });
              Object.assign(headings[language] ?? {}, { [name]: heading });
              assert.deepEqual([...watch.hosts], [...new Set([new URL(page.url()).host])], 'asks no other host');
              const { port } = new URL(page.url());
              assert.ok([...watch.way].every((host) => host.endsWith(`.localhost:${port}`)), `led to ${[...watch.way]}`);
              assert.deepEqual(watch.complaints, []);
            } finally {
              await context.close();
            }
          });
        }
      }
    }
  }

  it('speaks German where it speaks English', () => {
    for (const { name } of pages) {
      if (headings.en?.[name]) assert.notEqual(headings.de?.[name], headings.en[name], `the heading of ${name}`);
    }
  });
});
