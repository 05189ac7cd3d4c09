// @ts-check
// One gate with an app for every page that the gate can show, and an upstream behind them.
import { visitor } from './browser.js';
import { startGate } from './gate.js';
import { freePort } from './net.js';
import { ada, send, signIn } from './portal.js';
import { startUpstream } from './upstream.js';

export const masterPassword = 'plant master 4711';

/** @typedef {Awaited<ReturnType<typeof startPlant>>} Plant */

export async function startPlant() {
  const upstream = await startUpstream();
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const gate = await startGate((port) => [
    { name: 'line4', title: 'Line 4', upstream: upstream.url, access: 'signup' },
    { name: 'root', title: 'By address', upstream: upstream.url, access: 'signup', url: `http://127.0.0.1:${port}` },
    { name: 'hmi', title: 'By prefix', upstream: upstream.url, access: 'signup', url: `http://127.0.0.1:${port}/hmi` },
    { name: 'tanks', title: 'Tanks', upstream: upstream.url, access: 'master-password', master_password: masterPassword },
    { name: 'both', title: 'Both', upstream: upstream.url, access: 'signup-and-master-password', master_password: masterPassword },
    { name: 'club', title: 'Club', upstream: upstream.url, access: 'invite-only' },
    { name: 'paused', title: 'Paused', upstream: upstream.url, access: 'public' },
    { name: 'broken', title: 'Broken', upstream: nobody, access: 'public' },
  ]);
  await gate.api.patchApp('paused', { running: false });
  return { gate, stop: async () => { await gate.stop(); await upstream.stop(); } };
}

/**
 * Ada signs up at Line 4: from then on the workspace knows her, and `club` has not invited her.
 * @param {Plant} plant
 * @param {import('./browser.js').Browser} browser
 */
export async function adaSignsUp({ gate }, browser) {
  const { context } = await visitor(browser);
  const page = await context.newPage();
  await page.goto(`${gate.url('line4')}/.millgate/sign-up`);
  await send(page, { ...ada });
  await context.close();
}

/** @typedef {Awaited<ReturnType<import('./browser.js').BrowserContext['storageState']>>} SignedIn */

/**
 * Ada signs in at each of these apps; her cookies are for other contexts to start with.
 * @param {Plant} plant
 * @param {import('./browser.js').Browser} browser
 * @param {string[]} apps
 * @returns {Promise<SignedIn>}
 */
export async function signedInAsAda({ gate }, browser, apps) {
  const { context } = await visitor(browser);
  const page = await context.newPage();
  for (const app of apps) {
    await page.goto(`${gate.url(app)}/.millgate/sign-in`);
    await signIn(page);
  }
  const cookies = await context.storageState();
  await context.close();
  return cookies;
}
