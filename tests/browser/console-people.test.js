// @ts-check
// Members, roles, workspaces and keys by their pages: what one may not do is not there.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { formTo, memberOf, ownerOf, press, role, row, startPlant } from './support/console.js';
import { password, person } from './support/people.js';
import { send } from './support/portal.js';

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
 * @param {TestContext} test
 * @param {string} path
 * @param {import('./support/console.js').Cookies} [who]
 */
async function at(test, path, who = olga) {
  const { context, watch } = await visitor(browser, { storageState: who });
  test.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${plant.console}${path}`);
  return { page, watch };
}

/**
 * Fills in and sends the page's own form.
 * @param {Page} page
 * @param {Record<string, string>} values
 */
async function sendForm(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const input = page.locator(`main form.form [name="${name}"]`).first();
    if (await input.evaluate((element) => element.tagName === 'SELECT')) await input.selectOption(value);
    else if (['checkbox', 'radio'].includes(await input.getAttribute('type') ?? '')) await page.locator(`main form.form [name="${name}"][value="${value}"]`).check();
    else await input.fill(value);
  }
  await Promise.all([page.waitForEvent('load'), page.locator('main form.form button[type=submit]').first().click()]);
}

describe('members', { timeout: 240_000 }, () => {
  it('are invited by a link, come in, and see what their role shows', async (test) => {
    const { page, watch } = await at(test, '/account/members/new');
    await shot(page, 'console-invite-member');
    const id = await role(plant.gate, 'Shift lead', ['see-apps', 'see-users']);
    await page.reload();
    const select = page.locator('main form.form select').first();
    await select.selectOption(id);
    await sendForm(page, { email: person('Paul').email, given_name: 'Paul' });
    const link = await page.locator('main input[readonly]').first().inputValue();
    assert.match(link, /\/\.millgate\/invite\//);
    await shot(page, 'console-invited-member');
    const { context } = await visitor(browser);
    test.after(() => context.close());
    const paul = await context.newPage();
    await paul.goto(link);
    await send(paul, { password, family_name: 'Plant' });
    await paul.goto(`${plant.console}/`);
    assert.equal(new URL(paul.url()).pathname, '/w/default/apps');
    const places = await paul.locator('nav.places a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    assert.deepEqual(places, ['/w/default/apps'], 'no permission, nothing visible');
    assert.equal(await paul.locator('a[href="/w/default/apps/new"]').count(), 0);
    await shot(paul, 'console-as-shift-lead');
    assert.equal((await paul.goto(`${plant.console}/account/members`))?.status(), 404);
    await page.goto(`${plant.console}/account/members`);
    assert.equal(await row(page, person('Paul').email).count(), 1);
    await shot(page, 'console-members');
    assert.deepEqual(watch.complaints, []);
  });

  it('lose and gain with the next click', async (test) => {
    const id = await role(plant.gate, 'Watcher', ['see-apps']);
    const nora = await memberOf(browser, plant.gate, 'Nora', { roles: [{ workspace: 'default', role: id }] });
    const { page } = await at(test, '/w/default/apps/line4', nora);
    assert.equal(await page.locator('a[href="/w/default/apps/line4/access"]').count(), 0);
    const { page: owner } = await at(test, `/account/roles/${id}`);
    await shot(owner, 'console-role');
    for (const word of ['see-users', 'change-access']) await owner.locator(`main input[name=permissions][value=${word}]`).check();
    await Promise.all([owner.waitForEvent('load'), owner.locator('main form.form button[type=submit]').first().click()]);
    await page.reload();
    await page.locator('a[href="/w/default/apps/line4/access"]').first().click();
    await page.locator('main input[name=access]').first().waitFor({ state: 'attached' });
    await plant.gate.api.call('PATCH', `/roles/${id}`, { permissions: [] });
    assert.equal((await page.reload())?.status(), 404);
    await page.goto(`${plant.console}/`);
    assert.equal(await page.locator('nav.places a').count(), 0);
    await shot(page, 'console-nothing-to-see');
  });

  it('keep a last owner', async (test) => {
    const { page } = await at(test, '/account/members');
    await page.locator('main table a').filter({ hasText: 'Olga' }).first().click();
    const tick = page.locator('main input[name=owner]');
    if (await tick.isEnabled()) {
      await tick.uncheck();
      await Promise.all([page.waitForEvent('load'), page.locator('main form.form button[type=submit]').first().click()]);
      assert.ok(await page.getByRole('alert').count() > 0, 'refused, with a reason');
    }
    await shot(page, 'console-last-owner');
    assert.equal((await plant.gate.api.call('GET', '/members?q=olga')).items[0].owner, true);
  });

  it('are removed by a question in a dialog', async (test) => {
    await memberOf(browser, plant.gate, 'Gone', { roles: [] });
    const { page } = await at(test, '/account/members');
    await row(page, person('Gone').email).locator('a').first().click();
    const link = page.locator('main a[href$="/remove"]');
    await link.click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await shot(page, 'console-remove-member');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await link.click();
    await dialog.waitFor();
    await dialog.locator('form button[type=submit], form button.primary').first().click();
    await page.waitForURL((url) => url.pathname === '/account/members');
    assert.equal(await row(page, person('Gone').email).count(), 0);
  });
});

describe('workspaces and keys', { timeout: 240_000 }, () => {
  it('are made, switched between and deleted with what goes with them named', async (test) => {
    const { page } = await at(test, '/account/workspaces/new');
    await sendForm(page, { title: 'Packaging hall', name: 'packaging' });
    await page.goto(`${plant.console}/w/default/apps`);
    await page.locator('details.switcher summary').click();
    await shot(page, 'console-switcher');
    await page.locator('details.switcher a', { hasText: 'Packaging hall' }).click();
    await page.waitForURL((url) => url.pathname === '/w/packaging/apps');
    assert.ok((await page.locator('main .empty').innerText()).length > 10);
    await shot(page, 'console-empty-workspace');
    await plant.gate.api.call('POST', '/workspaces/packaging/apps', {
      name: 'robot', title: 'Robot 1', url: `http://robot.localhost:${plant.gate.port}`, upstream: plant.upstream.url, access: 'public',
    });
    await page.goto(`${plant.console}/w/packaging/settings/delete`);
    assert.match(await page.locator('main').innerText(), /Robot 1/);
    await shot(page, 'console-delete-workspace');
    const typed = formTo(page, '/delete').locator('input:not([type=hidden])');
    if (await typed.count() > 0) await (await typed.first().getAttribute('type') === 'checkbox' ? typed.first().check() : typed.first().fill('packaging'));
    await press(page, '/delete');
    assert.equal((await plant.gate.api.call('GET', '/workspaces')).items.length, 1);
  });

  it('show a key once and never again', async (test) => {
    const { page } = await at(test, '/profile/keys/new');
    await sendForm(page, { name: 'My script' });
    const secret = await page.locator('main input[readonly]').first().inputValue();
    assert.match(secret, /^mg_/);
    await shot(page, 'console-key-made');
    await page.goto(`${plant.console}/profile/keys`);
    assert.equal((await page.content()).includes(secret), false);
    await row(page, 'My script').getByRole('button').first().click();
    await page.waitForLoadState('load');
    await shot(page, 'console-keys');
    await page.goBack();
    assert.equal((await page.content()).includes(secret), false);
  });

  it('take language and look from the profile, on the next page and the next device', async (test) => {
    const ida = await memberOf(browser, plant.gate, 'Ida', { roles: [] });
    const { page } = await at(test, '/profile', ida);
    await sendForm(page, { language: 'de', theme: 'dark' });
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    await shot(page, 'console-profile-dark-de');
    const { context } = await visitor(browser);
    test.after(() => context.close());
    const other = await context.newPage();
    await other.goto(`${plant.console}/.millgate/sign-in`);
    await other.locator('input[name=email]').fill(person('Ida').email);
    await other.locator('input[name=password]').fill(password);
    await Promise.all([other.waitForEvent('load'), other.locator('main form button[type=submit]').first().click()]);
    await other.goto(`${plant.console}/profile`);
    assert.equal(await other.locator('html').getAttribute('data-theme'), 'dark');
  });
});
