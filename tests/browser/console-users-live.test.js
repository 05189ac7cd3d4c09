// @ts-check
// The flagship: an app's people in a table that is pushed, never reloaded.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { mark, memberOf, ownerOf, row, startPlant, userAt } from './support/console.js';
import { eventually } from './support/net.js';
import { password, person } from './support/people.js';
import { hold, settled } from './support/pointer.js';
import { holdSocket } from './support/upstream.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/browser.js').Page} Page
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/console.js').Plant} */
let plant;
/** @type {import('./support/console.js').Cookies} */
let olga;
before(async () => {
  [browser, plant] = await Promise.all([launch(), startPlant()]);
  olga = await ownerOf(browser, plant.gate);
});
after(async () => {
  await browser?.close();
  await plant?.stop();
});

/**
 * The owner in front of an app's users.
 * @param {TestContext} test
 * @param {string} app
 * @param {string} [query]
 */
async function atTheTable(test, app, query = '') {
  const { context, watch } = await visitor(browser, { storageState: olga });
  test.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${plant.console}/w/default/apps/${app}/users${query}`);
  return { page, watch, isSamePage: await mark(page) };
}

const crowded = '/workspaces/default/apps/line4/users';
/** @param {number} count */
const numbered = (count) => Array.from({ length: count }, (_, n) => `person-${String(n).padStart(3, '0')}`);

/**
 * People who are there until the test ends; their identifiers.
 * @param {TestContext} test
 * @param {string[]} names
 */
async function crowd(test, names) {
  /** @type {string[]} */
  const ids = [];
  test.after(async () => {
    const there = new Set((await plant.gate.api.call('GET', `${crowded}?q=crowd.example&limit=1000`)).items.map((/** @type {{id: string}} */ { id }) => id));
    for (const id of ids) if (there.has(id)) await plant.gate.api.call('DELETE', `${crowded}/${id}`);
  });
  for (const name of names) ids.push((await plant.gate.api.call('POST', crowded, { email: `${name}@crowd.example`, given_name: name })).id);
  return ids;
}

describe('the live table of users', { timeout: 300_000 }, () => {
  it('shows hundreds of people as one scrolls, and each where they belong', async (test) => {
    const names = numbered(320);
    const ids = await crowd(test, names);
    const { page, watch, isSamePage } = await atTheTable(test, 'line4', '?q=crowd.example');
    const rows = page.locator('main table tbody tr[data-id]');
    await eventually('all of them', async () => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      return await rows.count() === names.length;
    });
    assert.deepEqual(await rows.locator('.first a').allTextContents(), names);
    await plant.gate.api.call('DELETE', `${crowded}/${ids[300]}`);
    await row(page, 'person-300').waitFor({ state: 'detached' });
    await row(page, 'person-301').locator('[data-expand]').click();
    await page.getByText('Not signed in anywhere').waitFor();
    await crowd(test, ['person-301-and-a-half']);
    await row(page, 'person-301-and-a-half').waitFor();
    const now = await rows.locator('.first a').allTextContents();
    assert.equal(now.indexOf('person-302'), now.indexOf('person-301-and-a-half') + 1, 'below what is expanded, above the next');
    await shot(page, 'console-users-many');
    assert.equal(await page.getByRole('columnheader').count(), 7, 'it is still a table');
    assert.ok(await isSamePage(), 'nothing was reloaded');
    assert.deepEqual(watch.complaints, []);
  });

  it('misses nobody when what is shown is asked for anew while one scrolls', async (test) => {
    const names = numbered(320);
    await crowd(test, names);
    const { context } = await visitor(browser, { storageState: olga });
    test.after(() => context.close());
    const page = await context.newPage();
    let further = 0, anew = 0;
    await page.route('**/rows?limit=*', async (route) => {
      const isFurther = new URL(route.request().url()).searchParams.has('after');
      if (isFurther) further += 1; else anew += 1;
      // What was asked first is answered after what was asked next, and both before what came last.
      const wait = isFurther ? (further === 1 ? 0 : 1000) : 500;
      await new Promise((wake) => setTimeout(wake, wait));
      await route.continue();
    });
    await page.goto(`${plant.console}/w/default/apps/line4/users?q=crowd.example`);
    await eventually('it is asked for anew', () => anew > 0);
    const rows = page.locator('main table tbody tr[data-id]');
    await eventually('all of them', async () => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      return await rows.count() === names.length;
    });
    await page.waitForTimeout(1500);
    assert.deepEqual(await rows.locator('.first a').allTextContents(), names);
    assert.ok(further > 0);
  });

  it('shows who signs up, comes back and goes, without a reload', async (test) => {
    const { page, watch, isSamePage } = await atTheTable(test, 'line4');
    const line4 = plant.gate.url('line4');
    const ada = await userAt(browser, line4, 'Ada');
    await row(page, person('Ada').email).waitFor();
    await shot(page, 'console-users-live');
    const second = await browser.newContext();
    const again = await second.newPage();
    await again.goto(`${line4}/.millgate/sign-in`);
    await again.locator('input[name=email]').fill(person('Ada').email);
    await again.locator('input[name=password]').fill(password);
    await Promise.all([again.waitForEvent('load'), again.locator('main form button[type=submit]').first().click()]);
    await eventually('two devices in one row', async () => /\b2\b/.test(await row(page, person('Ada').email).innerText()));
    assert.equal(await row(page, person('Ada').email).count(), 1, 'one person is one row');
    const socket = await holdSocket(ada.page, line4);
    await eventually('the open connection is counted', async () => /\b1\b/.test(await row(page, person('Ada').email).innerText()));
    await plant.gate.api.deleteUser('line4', person('Ada').email);
    await row(page, person('Ada').email).waitFor({ state: 'detached' });
    await eventually('the socket is cut', async () => await socket() === 'closed');
    assert.ok(await isSamePage(), 'nothing was reloaded');
    assert.deepEqual(watch.complaints, []);
    await Promise.all([ada.context.close(), second.close()]);
  });

  it('asks before somebody is deleted, and says what ends', async (test) => {
    const { page, isSamePage } = await atTheTable(test, 'line4');
    const bob = await userAt(browser, plant.gate.url('line4'), 'Bob');
    const his = row(page, person('Bob').email);
    await his.waitFor();
    const trash = his.locator('a[href$="/delete"]');
    await trash.click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /Bob|bob@/);
    await shot(page, 'console-users-delete');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await his.count(), 1, 'Escape changes nothing');
    assert.ok(await trash.evaluate((element) => element === document.activeElement), 'the focus is back where it was');
    await trash.click();
    await dialog.waitFor();
    await dialog.locator('form button').first().click();
    await his.waitFor({ state: 'detached' });
    assert.ok(await isSamePage() || (await page.locator('[role=status]').innerText()).length > 0);
    await bob.page.goto(plant.gate.url('line4'));
    assert.match(bob.page.url(), /sign-in/);
    await bob.context.close();
  });

  it('moves nothing that is being pressed, and shows afterwards what came meanwhile', async (test) => {
    await crowd(test, ['noel', 'olaf']);
    const { page } = await atTheTable(test, 'line4', '?q=crowd.example&sort=name');
    await row(page, 'olaf').waitFor();
    const trash = await hold(page, row(page, 'olaf').locator('a[href$="/delete"]'));
    const asked = page.waitForResponse(/\/rows\?ids=/);
    const [adam] = await crowd(test, ['adam', 'alma']);
    await (await asked).finished();
    await plant.gate.api.call('DELETE', `${crowded}/${adam}`);
    await page.keyboard.press('Shift');
    await trash.endsWhereItBegan();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /olaf/);
    await page.keyboard.press('Escape');
    await row(page, 'alma').waitFor();
    await eventually('who was deleted meanwhile is gone', async () => await row(page, 'adam').count() === 0);
  });

  it('moves nothing under a finger either, and gives the focus back to a row that has changed', async (test) => {
    const [, olaf] = await crowd(test, ['noel', 'olaf']);
    const { context } = await visitor(browser, { storageState: olga, hasTouch: true });
    test.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`${plant.console}/w/default/apps/line4/users?q=crowd.example&sort=name`);
    const trash = row(page, 'olaf').locator('a[href$="/delete"]');
    const where = await trash.boundingBox();
    assert.ok(where);
    const finger = await context.newCDPSession(page);
    const touchPoints = [{ x: where.x + where.width / 2, y: where.y + where.height / 2 }];
    await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
    const asked = page.waitForResponse(/\/rows\?ids=/);
    await crowd(test, ['adam']);
    await (await asked).finished();
    await settled(page);
    assert.deepEqual(await trash.boundingBox(), where, 'nothing moves away from under the finger');
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await row(page, 'adam').waitFor();
    await plant.gate.api.call('PATCH', `${crowded}/${olaf}`, { suspended: true });
    await row(page, 'olaf').getByText(/suspended/i).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.ok(await trash.evaluate((element) => element === document.activeElement));
  });

  it('opens a person to devices, and ends one of them', async (test) => {
    const { page, isSamePage } = await atTheTable(test, 'line4');
    const ida = await userAt(browser, plant.gate.url('line4'), 'Kim');
    const her = row(page, person('Kim').email);
    await her.waitFor();
    const button = her.locator('button[aria-expanded]');
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    await button.click();
    const end = page.locator('main a[href*="/sessions/"][href$="/end"]').first();
    await end.waitFor();
    await shot(page, 'console-users-devices');
    await end.click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await dialog.locator('form button').first().click();
    await end.waitFor({ state: 'detached' });
    assert.equal(await her.count(), 1, 'the person stays');
    assert.ok(await isSamePage());
    await ida.page.goto(plant.gate.url('line4'));
    assert.match(ida.page.url(), /sign-in/);
    await ida.context.close();
  });

  it('shows what another member deletes', async (test) => {
    const { items } = await plant.gate.api.call('GET', '/roles');
    const paul = await memberOf(browser, plant.gate, 'Paul', { roles: [{ workspace: 'default', role: items[0].id }] });
    const { page, isSamePage } = await atTheTable(test, 'line4');
    const eve = await userAt(browser, plant.gate.url('line4'), 'Eve');
    await row(page, person('Eve').email).waitFor();
    const { context } = await visitor(browser, { storageState: paul });
    const other = await context.newPage();
    const { id } = await plant.gate.api.user('line4', person('Eve').email);
    await other.goto(`${plant.console}/w/default/apps/line4/users/${id}/delete`);
    await Promise.all([other.waitForEvent('load'), other.locator('form[action$="/delete"] button').first().click()]);
    await row(page, person('Eve').email).waitFor({ state: 'detached' });
    assert.ok(await isSamePage());
    await Promise.all([context.close(), eve.context.close()]);
  });

  it('shows devices of an app where nobody registers', async (test) => {
    const { page } = await atTheTable(test, 'board', '?kind=devices');
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(plant.gate.url('board'));
    await stranger.goto(plant.gate.url('board'));
    const name = await stranger.locator('#user').textContent() ?? '';
    assert.match(name, /^anon-/);
    await row(page, name).waitFor();
    assert.match(await row(page, name).innerText(), /127\.0\.0\.1/);
    await shot(page, 'console-devices');
    await context.close();
  });

  it('lets somebody wait and be let in by a click', async (test) => {
    await plant.gate.api.patchApp('line4', { approval: true });
    test.after(() => plant.gate.api.patchApp('line4', { approval: false }));
    const { page } = await atTheTable(test, 'line4', '?kind=waiting');
    const context = await browser.newContext();
    const walter = await context.newPage();
    await walter.goto(`${plant.gate.url('line4')}/.millgate/sign-up`);
    for (const [name, value] of Object.entries(person('Walter'))) await walter.locator(`input[name=${name}]`).fill(value);
    await walter.locator('main form button[type=submit]').first().click();
    await row(page, person('Walter').email).waitFor();
    await shot(page, 'console-users-waiting');
    await row(page, person('Walter').email).locator('form[action$="/approve"] button').click();
    await walter.locator('#user').waitFor();
    await context.close();
  });

  it('finds, sorts and stays quick with thousands of rows', async (test) => {
    for (let batch = 0; batch < 4; batch += 1) {
      const invites = Array.from({ length: 500 }, (_, n) => ({ email: `p${batch}-${String(n).padStart(3, '0')}@plant.example` }));
      await plant.gate.api.call('POST', '/workspaces/default/apps/club/invites', { invites, send: false });
    }
    const { page } = await atTheTable(test, 'club', '?kind=pending');
    await page.locator('main table tbody tr').first().waitFor();
    const search = page.locator('main [role=search] input[type=search], main input[type=search]').first();
    await search.fill('p3-499');
    await row(page, 'p3-499@plant.example').waitFor();
    await eventually('only what was looked for is left', async () => await page.locator('main table tbody tr').filter({ visible: true }).count() === 1);
    await shot(page, 'console-users-many');
  });

  it('sorts by what a column is about, and says so', async (test) => {
    const people = await Promise.all(['Xena', 'Carl', 'Mona'].map((name) => userAt(browser, plant.gate.url('line4'), name)));
    const { page } = await atTheTable(test, 'line4', '?sort=name');
    const names = () => page.locator('main table tbody tr .first a').allInnerTexts();
    const ascending = await names();
    assert.deepEqual(ascending, ascending.toSorted((one, other) => one.localeCompare(other)));
    assert.equal(await page.locator('main th[aria-sort=ascending]').count(), 1);
    await page.locator('main th[aria-sort=ascending] a').click();
    await page.locator('main th[aria-sort=descending]').waitFor();
    assert.deepEqual(await names(), ascending.toReversed());
    await Promise.all(people.map(({ context }) => context.close()));
  });

  it('works without a script, by pages', async (test) => {
    const context = await browser.newContext({ storageState: olga, javaScriptEnabled: false });
    test.after(() => context.close());
    const ida = await userAt(browser, plant.gate.url('line4'), 'Ida');
    const page = await context.newPage();
    await page.goto(`${plant.console}/w/default/apps/line4/users?q=ida`);
    assert.equal(await row(page, person('Ida').email).count(), 1);
    await row(page, person('Ida').email).locator('a').first().click();
    assert.match(await page.locator('main').innerText(), /127\.0\.0\.1/);
    await page.goBack();
    assert.equal(new URL(page.url()).searchParams.get('q'), 'ida');
    await ida.context.close();
  });

  it('comes back by itself after the gate was away', async (test) => {
    const { page } = await atTheTable(test, 'line4');
    await page.context().setOffline(true);
    const uma = await userAt(browser, plant.gate.url('line4'), 'Uma');
    await page.context().setOffline(false);
    await row(page, person('Uma').email).waitFor({ timeout: 40_000 });
    await uma.context.close();
  });
});
