// @ts-check
// One gate, two real identity providers, and an app for every rule about them.
import { startGate } from './gate.js';
import { freePort } from './net.js';
import { account, startProvider } from './provider.js';
import { startUpstream } from './upstream.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('./provider.js').Provider} Provider
 * @typedef {Awaited<ReturnType<typeof startFederation>>} Federation
 */

/** Everybody who has an account at both providers; a test takes those whom no other test uses. */
const people = [
  'ada', 'barbara', 'claude', 'donald', 'edsger', 'frances', 'grace', 'hedy', 'ivan', 'joan', 'ken', 'linus',
  'margaret', 'niklaus', 'ole', 'peter', 'quincy', 'radia', 'sophie', 'tony', 'ursula', 'vint',
];

export function accounts() {
  return [
    ...people.map((sub) => account({ sub, ...profile(sub) })),
    account({ sub: 'worker', email: 'worker@plant.example', hd: 'plant.example', name: 'Wanda Worker' }),
    account({ sub: 'unproven', email: 'unproven@mail.example', email_verified: false }),
    account({ sub: 'nameless' }),
  ];
}

/** @param {string} sub */
export function profile(sub) {
  const given = sub.replace(/^./, (letter) => letter.toUpperCase());
  return { email: `${sub}@mail.example`, name: `${given} Müller`, given_name: given, family_name: 'Müller' };
}

/**
 * @param {number} port of the gate
 * @param {string} id
 */
export function providerFor(port, id) {
  return startProvider({ id, redirectUri: `http://localhost:${port}/.millgate/oidc/${id}/callback`, accounts: accounts() });
}

export async function startFederation() {
  const port = await freePort();
  const [google, works, upstream] = await Promise.all([providerFor(port, 'google'), providerFor(port, 'works'), startUpstream()]);
  const app = { upstream: upstream.url, access: /** @type {const} */ ('signup') };
  const gate = await startGate([
    { ...app, name: 'line4', title: 'Line 4' },
    { ...app, name: 'root', title: 'By address', url: `http://127.0.0.1:${port}` },
    { ...app, name: 'hmi', title: 'By prefix', url: `http://127.0.0.1:${port}/hmi` },
    { ...app, name: 'club', title: 'Club', access: 'invite-only' },
    { ...app, name: 'staff', title: 'Staff', providers: ['google'], hosted_domain: 'plant.example' },
    { ...app, name: 'near', title: 'Near', sign_up_domains: ['plant.example'] },
    { ...app, name: 'queue', title: 'Queue', approval: true },
    { ...app, name: 'local', title: 'Local', providers: [] },
  ], { port, oidc: [google.entry, works.entry] });
  return { gate, google, works, stop: async () => { await gate.stop(); await Promise.all([google.stop(), works.stop(), upstream.stop()]); } };
}

/**
 * @param {Page} page
 * @param {Provider} provider
 */
export function button(page, provider) {
  return page.locator(`[data-provider="${provider.id}"]`);
}

/**
 * The answer that ends a way through the provider: neither the provider's nor a redirect.
 * @param {Page} page
 * @param {Provider} provider
 * @param {() => Promise<unknown>} action
 */
export async function landing(page, provider, action) {
  const isHere = (/** @type {string} */ url) => !url.startsWith(`${provider.issuer}/`);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest() && isHere(response.url())
      && (response.status() < 300 || response.status() > 399)),
    page.waitForEvent('load', { predicate: () => isHere(page.url()) }),
    action(),
  ]);
  return answer;
}

/**
 * By the provider's button and its own page, to wherever that leads.
 * @param {Page} page with the button on it
 * @param {Provider} provider
 * @param {string} sub who to be there; `none` refuses
 */
export async function continueWith(page, provider, sub) {
  await button(page, provider).click();
  return choose(page, provider, sub);
}

/**
 * @param {Page} page on the provider's own page
 * @param {Provider} provider
 * @param {string} sub
 */
export async function choose(page, provider, sub) {
  const choice = page.getByRole('button', { name: sub, exact: true });
  await choice.waitFor();
  return landing(page, provider, () => choice.click());
}
