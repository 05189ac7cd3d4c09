// @ts-check
// One gate with mail and an app for every way that people come in, and one that has no mail.
import { startGate } from './gate.js';
import { startMailServer } from './mail.js';
import { freePort } from './net.js';
import { field, send } from './portal.js';
import { startUpstream } from './upstream.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {Awaited<ReturnType<typeof startOffice>>} Office
 */

export const masterPassword = 'plant master 4711';
export const password = 'correct horse 4 battery';
export const otherPassword = 'eight bells and 2 watches';

export async function startOffice() {
  const [mail, upstream, elsewhere] = await Promise.all([startMailServer(), startUpstream(), freePort()]);
  const app = { upstream: upstream.url, access: /** @type {const} */ ('signup') };
  const gate = await startGate((port) => [
    { ...app, name: 'line4', title: 'Line 4' },
    { ...app, name: 'line5', title: 'Line 5' },
    { ...app, name: 'hmi', title: 'By prefix', url: `http://127.0.0.1:${port}/hmi` },
    { ...app, name: 'east', title: 'East', url: `http://127.0.0.1:${port}` },
    { ...app, name: 'west', title: 'West', url: `http://127.0.0.1:${elsewhere}` },
    { ...app, name: 'apart', title: 'Apart', shared_sign_in: false },
    { ...app, name: 'club', title: 'Club', access: 'invite-only' },
    { ...app, name: 'near', title: 'Near', sign_up_domains: ['plant.example', 'works.example'] },
    { ...app, name: 'queue', title: 'Queue', approval: true },
    { ...app, name: 'tanks', title: 'Tanks', access: 'master-password', master_password: masterPassword, name_question: true },
  ], { smtp: mail.entry });
  const alone = await startGate([{ ...app, name: 'line4', title: 'Line 4' }]);
  return {
    gate, mail, alone,
    stop: async () => { await Promise.all([gate.stop(), alone.stop()]); await Promise.all([mail.stop(), upstream.stop()]); },
  };
}

/**
 * @param {string} given_name
 */
export function person(given_name) {
  return { email: `${given_name.toLowerCase()}@plant.example`, password, given_name, family_name: 'Müller' };
}

/**
 * @param {Page} page
 * @param {string} app its address
 * @param {string} given_name
 */
export async function signUp(page, app, given_name) {
  await page.goto(`${app}/.millgate/sign-up`);
  await send(page, person(given_name));
  await page.locator('#user').waitFor();
}

/**
 * @param {Page} page
 * @param {string} app its address
 * @param {{email: string, password: string}} who
 */
export async function signInAt(page, app, { email, password }) {
  await page.goto(`${app}/.millgate/sign-in`);
  await field(page, 'email').waitFor();
  await send(page, { email, password });
}
