// @ts-check
// The gate's own pages as a person sees them. Fields are found by the names that the public interface fixes.

/** @typedef {import('playwright-core').Page} Page */

/**
 * @typedef {object} Person
 * @property {string} email
 * @property {string} password
 * @property {string} given_name
 * @property {string} family_name
 */

/** @type {Person} */
export const ada = { email: 'ada@plant.example', password: 'correct horse 4 battery', given_name: 'Ada', family_name: 'Lovelace' };

/**
 * Waits until the visitor stands before this page of the gate.
 * @param {Page} page
 * @param {'sign-in'|'sign-up'|'master-password'} name
 */
export function meets(page, name) {
  return page.waitForURL((url) => url.pathname.endsWith(`/.millgate/${name}`));
}

/**
 * The button that sends the page's form.
 * @param {Page} page
 */
export function submitButton(page) {
  return page.locator('main form :is(button:not([type]), button[type=submit], input[type=submit])').first();
}

/**
 * @param {Page} page
 * @param {string} name
 */
export function field(page, name) {
  return page.locator(`main form input[name="${name}"]:not([type=hidden])`);
}

/**
 * Fills in the given fields and sends the form; returns when the answer is there.
 * @param {Page} page
 * @param {Record<string, string>} values
 */
export async function send(page, values) {
  for (const [name, value] of Object.entries(values)) await field(page, name).fill(value);
  await Promise.all([page.waitForEvent('load'), submitButton(page).click()]);
}

/**
 * One of several forms on a page, by where it posts to.
 * @param {Page} page
 * @param {string} action its last part, for example `account/name`
 */
export function formTo(page, action) {
  return page.locator(`main form[action$="/.millgate/${action}"]`);
}

/**
 * Fills in and sends one of several forms; `true` ticks a box.
 * @param {Page} page
 * @param {string} action
 * @param {Record<string, string | boolean>} [values]
 */
export async function sendTo(page, action, values = {}) {
  const form = formTo(page, action);
  for (const [name, value] of Object.entries(values)) {
    const input = form.locator(`input[name="${name}"]:not([type=hidden])`);
    await (typeof value === 'boolean' ? input.setChecked(value) : input.fill(value));
  }
  await Promise.all([page.waitForEvent('load'), form.locator('button[type=submit]').click()]);
}

/**
 * What the gate says of this visitor: nothing when it knows nobody.
 * @param {Page} page on an app
 * @param {string} app its address
 * @returns {Promise<Record<string, any> | undefined>}
 */
export async function me(page, app) {
  const tab = await page.context().newPage();
  const answer = await tab.goto(`${app}/.millgate/me`);
  const told = answer?.status() === 200 ? await answer.json() : undefined;
  await tab.close();
  return told;
}

/**
 * From the sign-in page by its own link to the sign-up page, and through it.
 * @param {Page} page
 * @param {Person} [person]
 */
export async function signUpFromSignIn(page, person = ada) {
  await meets(page, 'sign-in');
  await page.locator('main a[href*="/.millgate/sign-up"]').click();
  await meets(page, 'sign-up');
  await send(page, { ...person });
}

/**
 * @param {Page} page on the sign-in page
 * @param {Person} [person]
 */
export async function signIn(page, { email, password } = ada) {
  await send(page, { email, password });
}
