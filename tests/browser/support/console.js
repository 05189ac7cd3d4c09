// @ts-check
// The console as members use it: first run by the printed link, further members by invitation, and a table to watch.
import { startGate } from './gate.js';
import { eventually } from './net.js';
import { password, person } from './people.js';
import { field, send } from './portal.js';
import { startUpstream } from './upstream.js';

/**
 * @typedef {import('playwright-core').Browser} Browser
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('./gate.js').Gate} Gate
 * @typedef {Awaited<ReturnType<typeof startPlant>>} Plant
 * @typedef {Awaited<ReturnType<import('playwright-core').BrowserContext['storageState']>>} Cookies
 */

export const owner = { ...person('Olga'), family_name: 'Owner' };

/** @param {import('./gate.js').AppEntry[]} [apps] one of each kind, when left out */
export async function startPlant(apps) {
  const upstream = await startUpstream();
  const app = { upstream: upstream.url, access: /** @type {const} */ ('signup') };
  const gate = await startGate(apps?.map((entry) => ({ ...app, ...entry })) ?? [
    { ...app, name: 'line4', title: 'Line 4' },
    { ...app, name: 'club', title: 'Control room', access: 'invite-only' },
    { ...app, name: 'board', title: 'Notice board', access: 'public' },
    { ...app, name: 'tanks', title: 'Tank farm', access: 'master-password', master_password: 'plant master 4711' },
    { ...app, name: 'broken', title: 'Press 7', upstream: 'http://127.0.0.1:9' },
  ]);
  const console = `http://localhost:${gate.port}`;
  return {
    gate, upstream, console,
    stop: async () => { await gate.stop(); await upstream.stop(); },
  };
}

/**
 * The newest set-up link that the gate has printed.
 * @param {Gate} gate
 */
export async function setUpLink(gate) {
  return eventually('a set-up link', () => gate.program.output.match(/http\S+\/\.millgate\/set-up\/[\w-]+/g)?.at(-1));
}

/**
 * @param {Page} page
 * @param {Gate} gate
 */
export async function firstRun(page, gate) {
  await page.goto(await setUpLink(gate));
  await send(page, owner);
}

/**
 * The first run in a browser of its own; what it holds afterwards.
 * @param {Browser} browser
 * @param {Gate} gate
 * @returns {Promise<Cookies>}
 */
export async function ownerOf(browser, gate) {
  const context = await browser.newContext({ locale: 'en-US' });
  await firstRun(await context.newPage(), gate);
  const cookies = await context.storageState();
  await context.close();
  return cookies;
}

/**
 * Somebody is invited by the API, and comes in by the link.
 * @param {Browser} browser
 * @param {Gate} gate
 * @param {string} name
 * @param {object} grants `{owner}` or `{roles}`
 * @returns {Promise<Cookies>}
 */
export async function memberOf(browser, gate, name, grants) {
  const who = person(name);
  const { link } = await gate.api.call('POST', '/members', { email: who.email, mail: false, ...grants });
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(link);
  await send(page, { password, given_name: who.given_name, family_name: who.family_name });
  const cookies = await context.storageState();
  await context.close();
  return cookies;
}

/**
 * A role with these permissions; its id.
 * @param {Gate} gate
 * @param {string} name
 * @param {string[]} permissions
 * @returns {Promise<string>}
 */
export async function role(gate, name, permissions) {
  return (await gate.api.call('POST', '/roles', { name, permissions })).id;
}

/**
 * Somebody who signs up at an app, in a browser that stays.
 * @param {Browser} browser
 * @param {string} app its address
 * @param {string} name
 */
export async function userAt(browser, app, name) {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(`${app}/.millgate/sign-up`);
  await field(page, 'email').waitFor();
  await send(page, person(name));
  await page.locator('#user').waitFor();
  return { context, page };
}

/**
 * The row of a table in which this stands.
 * @param {Page} page
 * @param {string} text
 */
export function row(page, text) {
  return page.locator('main table tbody tr').filter({ hasText: text });
}

/**
 * The form of the page, or of the dialog above it, that posts to an address with this ending.
 * @param {Page} page
 * @param {string} action
 */
export function formTo(page, action) {
  return page.locator(`form[method="post"]:is([action$="${action}"])`).filter({ visible: true }).first();
}

/**
 * Presses the button of such a form; returns when the page that it leads to is there.
 * @param {Page} page
 * @param {string} action
 */
export async function press(page, action) {
  await Promise.all([page.waitForEvent('load'), formTo(page, action).locator('button').first().click()]);
}

/** Marks the page, so that a reload shows: what is pushed must come without one. @param {Page} page */
export async function mark(page) {
  await page.evaluate(() => { /** @type {any} */ (window).notReloaded = true; });
  return () => page.evaluate(() => /** @type {any} */ (window).notReloaded === true);
}
