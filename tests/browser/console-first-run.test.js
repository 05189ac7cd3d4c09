// @ts-check
// From the printed link to the first protected app, by hand and by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { owner, setUpLink, startPlant } from './support/console.js';
import { checkPage } from './support/page-checks.js';
import { field, send } from './support/portal.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/browser.js').Page} Page
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** @param {TestContext} test */
async function freshPlant(test) {
  const plant = await startPlant([{ name: 'old', title: 'Old one', upstream: 'http://127.0.0.1:9', access: 'public' }]);
  const { context, watch } = await visitor(browser);
  test.after(async () => {
    await context.close();
    await plant.stop();
  });
  return { plant, page: await context.newPage(), watch };
}

/**
 * Goes through the steps with whatever a step asks for.
 * @param {Page} page
 * @param {Record<string, string>} answers
 * @param {string} name of the pictures
 */
async function publish(page, answers, name) {
  for (let step = 1; step <= 5; step += 1) {
    const form = page.locator('main form[method="post"]').first();
    if (!new URL(page.url()).pathname.includes('/apps/new') || await form.count() === 0) return;
    await shot(page, `${name}-${step}`);
    for (const [field, value] of Object.entries(answers)) {
      const input = form.locator(`[name="${field}"]:not([type=hidden])`);
      if (await input.count() === 0) continue;
      const kind = await input.first().getAttribute('type');
      if (kind === 'radio') await form.locator(`[name="${field}"][value="${value}"]`).check();
      else if (await input.first().evaluate((element) => element.tagName === 'SELECT')) await input.selectOption(value);
      else await input.fill(value);
    }
    await Promise.all([page.waitForEvent('load'), form.locator('button[type=submit], button:not([type])').last().click()]);
  }
}

describe('the first run', { timeout: 180_000 }, () => {
  it('leads in three steps from the printed link to a protected app', async (test) => {
    const { plant, page, watch } = await freshPlant(test);
    await page.goto(plant.console);
    assert.match(await page.locator('main').innerText(), /setup-link/);
    await shot(page, 'console-no-owner');
    await page.goto(await setUpLink(plant.gate));
    await checkPage(page, { locale: 'en', colorScheme: 'light', width: 1280 });
    await shot(page, 'console-set-up');
    await send(page, owner);
    assert.equal(new URL(page.url()).pathname, '/w/default/apps/new');
    assert.equal(new URL(page.url()).searchParams.get('first'), '1');
    const url = `http://press.localhost:${plant.gate.port}`;
    await publish(page, { upstream: plant.upstream.url, title: 'Press 7', name: 'press', url, access: 'public' }, 'console-first-app');
    await shot(page, 'console-first-app-done');
    assert.match(await page.locator('main').innerText(), /press\.localhost/);
    assert.ok(await page.locator('main svg, main img').count() > 0, 'a code to scan');
    const [app] = await Promise.all([
      page.context().waitForEvent('page'),
      page.locator(`main a[href^="${url}"]`).first().click(),
    ]);
    await app.locator('#user').waitFor();
    assert.match(await app.locator('#user').textContent() ?? '', /^anon-/);
    assert.deepEqual(watch.complaints, []);
    assert.equal((await plant.gate.api.call('GET', '/workspaces/default/apps/press')).access, 'public');
  });

  it('says at once when nobody answers at the upstream', async (test) => {
    const { plant, page } = await freshPlant(test);
    await page.goto(await setUpLink(plant.gate));
    await send(page, owner);
    await field(page, 'upstream').fill('http://127.0.0.1:9');
    await Promise.all([page.waitForEvent('load'), page.locator('main form button').last().click()]);
    assert.match(await page.locator('main').innerText(), /refused|answer/i);
    await shot(page, 'console-upstream-refused');
    await page.goBack();
    assert.equal(await field(page, 'upstream').count(), 1);
  });

  it('keeps what was typed and names what is wrong beside the field', async (test) => {
    const { plant, page } = await freshPlant(test);
    await page.goto(await setUpLink(plant.gate));
    await send(page, { ...owner, password: 'short' });
    const input = field(page, 'password');
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    const told = await input.getAttribute('aria-describedby');
    assert.ok(told && (await page.locator(`#${told.split(' ')[0]}`).innerText()).length > 5);
    assert.equal(await field(page, 'email').inputValue(), owner.email);
    await shot(page, 'console-set-up-wrong');
    await send(page, { password: owner.password });
    assert.equal(new URL(page.url()).pathname, '/w/default/apps/new');
  });

  it('goes by keyboard alone', async (test) => {
    const { plant, page } = await freshPlant(test);
    await page.goto(await setUpLink(plant.gate));
    for (const [name, value] of Object.entries(owner)) {
      await tabTo(page, name);
      await page.keyboard.type(value);
    }
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    await tabTo(page, 'upstream');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(plant.upstream.url);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    assert.match(await page.locator('main').innerText(), /200/);
  });
});

/**
 * Presses Tab until the field has the focus, and the focus is seen.
 * @param {Page} page
 * @param {string} name
 */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    const at = await page.evaluate(() => document.activeElement?.getAttribute('name'));
    if (at === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no way to ${name} by Tab`);
}
