// @ts-check
// Providers that are gone, slow or lying: nobody gets in who should not, everybody else still does.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { button, continueWith, providerFor } from './support/federated.js';
import { startGate } from './support/gate.js';
import { freePort } from './support/net.js';
import { ada, meets, signIn, signUpFromSignIn } from './support/portal.js';
import { seenByTheApp, startUpstream } from './support/upstream.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/provider.js').Provider} Provider
 * @typedef {import('./support/provider.js').Lie} Lie
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/upstream.js').Upstream} */
let upstream;
before(async () => { [browser, upstream] = await Promise.all([launch(), startUpstream()]); });
after(async () => {
  await browser?.close();
  await upstream?.stop();
});

/**
 * A gate with a provider of its own.
 * @param {TestContext} test
 * @param {(provider: Provider) => Promise<void>} [prepare] before the gate starts
 */
async function gateWith(test, prepare) {
  const port = await freePort();
  const provider = await providerFor(port, 'google');
  test.after(() => provider.stop());
  await prepare?.(provider);
  const gate = await startGate([
    { name: 'line4', title: 'Line 4', upstream: upstream.url, access: 'signup' },
    { name: 'hmi', title: 'By prefix', upstream: upstream.url, access: 'signup', url: `http://127.0.0.1:${port}/hmi`, language: 'de' },
  ], { port, oidc: [provider.entry] });
  test.after(() => gate.stop());
  const { context } = await visitor(browser);
  test.after(() => context.close());
  return { gate, provider, page: await context.newPage() };
}

/**
 * A page that says what is wrong and leads back, and no session.
 * @param {import('./support/browser.js').Page} page
 * @param {import('./support/gate.js').Gate} gate
 */
async function isKeptOut(page, gate) {
  assert.notEqual((await page.locator('h1').innerText()).trim(), '');
  assert.equal(await page.locator('main a[href*="/.millgate/sign-in"]').count(), 1, 'a way back');
  await page.goto(`${gate.url('line4')}/tank`);
  await meets(page, 'sign-in');
  assert.deepEqual(await gate.api.users('line4'), []);
}

const anHour = 3600;
/** @type {Record<string, Lie>} */
const lies = {
  'signed by nobody': { signature: 'none' },
  'signed by a stranger': { signature: 'foreign' },
  'signed with the public key as a password': { signature: 'shared-secret' },
  'of another issuer': { claims: (claims) => { claims.iss = 'https://accounts.google.com'; } },
  'for another client': { claims: (claims) => { claims.aud = 'somebody else'; } },
  'for another visitor': { claims: (claims) => { claims.nonce = 'another'; } },
  'of yesterday': { claims: (claims) => { claims.exp -= 25 * anHour; claims.iat -= 25 * anHour; } },
  'of tomorrow': { claims: (claims) => { claims.iat += 24 * anHour; claims.exp += 24 * anHour; } },
  'about nobody': { claims: (claims) => { delete claims.sub; } },
};

describe('a provider that lies', { timeout: 120_000 }, () => {
  it('brings nobody in, and says so', async (test) => {
    const { gate, provider, page } = await gateWith(test);
    for (const [which, lie] of Object.entries(lies)) {
      await page.context().clearCookies();
      provider.tell(lie);
      await page.goto(`${gate.url('line4')}/tank`);
      const answer = await continueWith(page, provider, 'ada');
      assert.ok([400, 502].includes(answer.status()), `a token ${which}: ${answer.status()}`);
      if (which === 'signed by a stranger') await shot(page, 'oidc-bad-token');
      if (which === 'of yesterday') await shot(page, 'oidc-clock');
      await isKeptOut(page, gate);
    }
    provider.tell({});
    await page.context().clearCookies();
    await page.goto(`${gate.url('line4')}/tank`);
    await continueWith(page, provider, 'ada');
    assert.equal((await seenByTheApp(page)).path, '/tank');
  });

  it('is not asked at all when it calls itself another', async (test) => {
    const { gate, page } = await gateWith(test, async (provider) => {
      provider.tell({ discovery: (document) => { document.issuer = 'https://accounts.google.com'; } });
    });
    const answer = await page.goto(`${gate.url('line4')}/.millgate/oidc/google?return_to=%2Ftank`);
    assert.ok([502, 503].includes(answer?.status() ?? 0), `${answer?.status()}`);
    await isKeptOut(page, gate);
  });

  it('is told from one that fails', async (test) => {
    const { gate, provider, page } = await gateWith(test);
    await page.goto(`${gate.url('line4')}/tank`);
    provider.front.broken.add('/token');
    const answer = await continueWith(page, provider, 'ada');
    assert.ok([502, 503].includes(answer.status()), `${answer.status()}`);
    await shot(page, 'oidc-bad-answer');
    await isKeptOut(page, gate);
  });
});

describe('a provider that is not there', { concurrency: 3, timeout: 120_000 }, () => {
  it('greys its button out with a reason, and comes back by itself', async (test) => {
    const { gate, provider, page } = await gateWith(test);
    let loads = 0;
    await page.goto(`${gate.url('line4')}/tank`);
    page.on('load', () => { loads += 1; });
    assert.equal(await button(page, provider).getAttribute('aria-disabled'), null);
    await provider.front.offline();
    await page.locator('[data-provider=google][aria-disabled=true]').waitFor({ timeout: 40_000 });
    assert.equal(await button(page, provider).getAttribute('href'), null);
    assert.match(await page.locator('main').innerText(), /not reachable/i);
    await shot(page, 'oidc-greyed');
    await provider.front.online();
    await page.locator('a[data-provider=google][href]:not([aria-disabled])').waitFor({ timeout: 40_000 });
    assert.doesNotMatch(await page.locator('main').innerText(), /not reachable/i);
    assert.equal(loads, 0, 'without a reload');
    await continueWith(page, provider, 'ada');
    assert.equal((await seenByTheApp(page)).path, '/tank');
  });

  it('delays nobody who comes in by another way, and is said in German too', async (test) => {
    const { gate, provider, page } = await gateWith(test, (provider) => provider.front.offline());
    await page.goto(`${gate.url('line4')}/tank`);
    await signUpFromSignIn(page);
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: ada.email });
    await page.context().clearCookies();
    await page.goto(`${gate.url('hmi')}/tank`);
    await meets(page, 'sign-in');
    await page.locator('[data-provider=google][aria-disabled=true]').waitFor({ timeout: 40_000 });
    assert.match(await page.locator('main').innerText(), /nicht erreichbar/i);
    await signIn(page);
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: ada.email });
    const answer = await page.goto(`${gate.url('line4')}/.millgate/oidc/${provider.id}`);
    assert.equal(answer?.status(), 503);
    await shot(page, 'oidc-unreachable');
  });

  it('that stalls costs seconds, not minutes', async (test) => {
    const { gate, provider, page } = await gateWith(test);
    provider.front.stalls = true;
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/.millgate/oidc/google') && response.request().isNavigationRequest()),
      page.goto(`${gate.url('line4')}/.millgate/oidc/google?return_to=%2Ftank`),
    ]);
    assert.equal(answer.status(), 503);
    await shot(page, 'oidc-slow');
    await isKeptOut(page, gate);
    assert.equal((await page.goto(`${gate.url('line4')}/.millgate/sign-up`))?.status(), 200);
  });
});
