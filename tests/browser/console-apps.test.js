// @ts-check
// Apps in the console: cards and list, who may enter, settings, the switch, copy and delete, and the way back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { formTo, mark, ownerOf, press, startPlant, userAt } from './support/console.js';
import { eventually } from './support/net.js';
import { hold } from './support/pointer.js';
import { field, meets } from './support/portal.js';
import { startUpstream } from './support/upstream.js';

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
 * @param {import('./support/browser.js').BrowserContextOptions} [options]
 */
async function at(test, path, options = {}) {
  const { context, watch } = await visitor(browser, { storageState: olga, ...options });
  test.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${plant.console}${path}`);
  return { page, watch };
}

const modes = {
  'public': 'Anyone can use the app',
  'master-password': 'Users must provide a master password',
  'signup': 'Users have to sign up',
  'signup-and-master-password': 'Users have to sign up and provide a master password',
  'invite-only': 'Only previously invited users can log in',
};

describe('the apps of a workspace', { timeout: 240_000 }, () => {
  it('tell by themselves that one has gone, why, and that it is back', async (test) => {
    const upstream = await startUpstream();
    test.after(() => upstream.stop());
    await plant.gate.api.call('POST', '/workspaces/default/apps', {
      name: 'oven', title: 'Oven 9', url: `http://oven.localhost:${plant.gate.port}`, upstream: upstream.url, health_interval: '1s',
    });
    const { page, watch } = await at(test, '/w/default/apps');
    const isSamePage = await mark(page);
    const card = page.locator('.card').filter({ hasText: 'Oven 9' });
    const state = () => card.locator('.badge').getAttribute('data-state');
    assert.equal(await state(), 'running', 'the first look knows');
    await upstream.stop();
    await eventually('it has gone', async () => await state() === 'unreachable');
    assert.match(await card.innerText(), /nothing listens on this port.*Noticed/s);
    assert.ok(await isSamePage(), 'nothing was reloaded');
    await page.goto(`${plant.console}/w/default/apps/oven`);
    await page.getByText('Is the app running? Is the port right?').waitFor();
    await shot(page, 'console-app-unreachable');
    assert.deepEqual(watch.complaints, []);
  });

  it('are cards and a list, found by words, state and mode', async (test) => {
    const { page, watch } = await at(test, '/w/default/apps');
    for (const title of ['Line 4', 'Control room', 'Notice board', 'Tank farm', 'Press 7']) {
      await page.locator('main').getByText(title, { exact: true }).first().waitFor();
    }
    await shot(page, 'console-apps-cards');
    await page.goto(`${plant.console}/w/default/apps?q=tank`);
    assert.equal(await page.locator('main').getByText('Line 4', { exact: true }).count(), 0);
    await page.goto(`${plant.console}/w/default/apps?mode=public`);
    assert.equal(await page.locator('main').getByText('Tank farm', { exact: true }).count(), 0);
    assert.ok(await page.locator('main').getByText('Notice board', { exact: true }).count() > 0);
    await page.goto(`${plant.console}/w/default/apps?q=nothing-like-this`);
    assert.ok((await page.locator('main .empty').innerText()).length > 10, 'an empty answer says what to do');
    await page.goto(`${plant.console}/w/default/apps?view=list`);
    await shot(page, 'console-apps-list');
    assert.deepEqual(watch.complaints, []);
  });

  it('say when an upstream is unreachable, in a word and not by a color alone', async (test) => {
    const { page } = await at(test, '/w/default/apps');
    await eventually('the health is known', async () => {
      await page.reload();
      return /unreachable/i.test(await page.locator('main').innerText());
    });
    await page.goto(`${plant.console}/w/default/apps/broken`);
    assert.match(await page.locator('main').innerText(), /refused/i);
    await shot(page, 'console-app-unreachable');
  });
});

describe('who may enter', { timeout: 240_000 }, () => {
  it('is chosen in five sentences, each explained', async (test) => {
    const { page } = await at(test, '/w/default/apps/line4/access');
    for (const [mode, words] of Object.entries(modes)) {
      const choice = page.locator(`main input[name=access][value="${mode}"]`);
      assert.equal(await choice.count(), 1);
      const label = await page.locator('main label').filter({ has: page.locator(`input[name=access][value="${mode}"]`) }).innerText();
      assert.ok(label.startsWith(words), label);
      assert.ok(label.length > words.length + 10, `${mode} is explained: ${label}`);
    }
    await shot(page, 'console-access');
  });

  it('says how many it will touch, and does it when that is confirmed', async (test) => {
    const { context, page: ada } = await userAt(browser, plant.gate.url('line4'), 'Ada');
    test.after(() => context.close());
    const { page } = await at(test, '/w/default/apps/line4/access');
    await page.locator('main input[name=access][value=invite-only]').check({ force: true });
    await page.locator('main form button[type=submit]').first().click();
    const confirm = page.locator('form:has(input[name=confirmed]) button').filter({ visible: true }).first();
    await confirm.waitFor();
    assert.match(await page.locator('body').innerText(), /\b1\b[^.]*session|session[^.]*\b1\b/i);
    await shot(page, 'console-access-confirm');
    await ada.reload();
    assert.equal(await ada.locator('#user').count(), 1, 'nothing is done yet');
    await Promise.all([page.waitForEvent('load'), confirm.click()]);
    assert.equal((await plant.gate.api.call('GET', '/workspaces/default/apps/line4')).access, 'invite-only');
    await ada.reload();
    assert.equal(await ada.locator('#user').count(), 0);
    await plant.gate.api.patchApp('line4', { access: 'signup' });
  });

  it('asks for a master password where there is none, beside the field', async (test) => {
    const { page } = await at(test, '/w/default/apps/board/access');
    await page.locator('main input[name=access][value=master-password]').check({ force: true });
    await page.locator('main form button[type=submit]').first().click();
    const input = page.locator('main input[name=master_password]');
    await eventually('the field is named', async () => await input.getAttribute('aria-invalid') === 'true');
    await shot(page, 'console-access-wrong');
    assert.equal((await plant.gate.api.call('GET', '/workspaces/default/apps/board')).access, 'public');
  });
});

describe('an app', { timeout: 240_000 }, () => {
  it('is stopped and run; who is in keeps the session', async (test) => {
    const { context, page: visitorPage } = await userAt(browser, plant.gate.url('line4'), 'Rosa');
    test.after(() => context.close());
    const { page } = await at(test, '/w/default/apps/line4');
    await page.locator('main a[href$="/run"]').first().click();
    const stop = page.locator('form:has(input[name=running][value=no]) button').filter({ visible: true }).first();
    await stop.waitFor();
    await shot(page, 'console-stop');
    await Promise.all([page.waitForEvent('load'), stop.click()]);
    assert.match(await page.locator('main').innerText(), /stopped/i);
    assert.equal((await visitorPage.reload())?.status(), 503);
    await press(page, '/run');
    await visitorPage.reload();
    assert.equal(await visitorPage.locator('#user').count(), 1);
  });

  it('shows link and code to give away', async (test) => {
    const { page } = await at(test, '/w/default/apps/line4');
    assert.ok((await page.locator('main').innerText()).includes(plant.gate.url('line4')) || await page.locator(`main [value^="${plant.gate.url('line4')}"], main a[href^="${plant.gate.url('line4')}"]`).count() > 0);
    await page.goto(`${plant.console}/w/default/apps/line4/qr`);
    await page.locator('main svg').first().waitFor();
    await shot(page, 'console-qr');
  });

  it('keeps what was typed wrong, and says so beside the field', async (test) => {
    const { page } = await at(test, '/w/default/apps/line4/settings');
    await shot(page, 'console-settings');
    const input = page.locator('main input[name=upstream]');
    await input.fill('no address');
    await Promise.all([page.waitForEvent('load'), page.locator('main form:has(input[name=upstream]) button[type=submit]').last().click()]);
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    assert.equal(await input.inputValue(), 'no address');
    await shot(page, 'console-settings-wrong');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('role') ?? document.activeElement?.tagName);
    assert.equal(focused, 'alert', 'the summary of what is wrong has the focus');
  });

  it('is saved by a press during which the answer about its upstream comes', async (test) => {
    const { page } = await at(test, '/w/default/apps/line4/settings');
    /** @type {(value?: unknown) => void} */
    let down = () => {};
    const isDown = new Promise((resolve) => { down = resolve; });
    await page.route('**/try', async (route) => { await isDown; await route.continue(); });
    const answered = page.waitForResponse('**/try');
    await page.locator('main input[name=upstream]').fill('no address');
    const save = await hold(page, page.locator('main form:has(input[name=upstream]) button[type=submit]').last());
    down();
    await (await answered).finished();
    await Promise.all([page.waitForEvent('load'), save.endsWhereItBegan()]);
    assert.equal(await page.locator('main input[name=upstream]').getAttribute('aria-invalid'), 'true');
  });

  it('is copied and deleted, by a question that says what goes', async (test) => {
    const { page } = await at(test, '/w/default/apps/line4/settings/copy');
    await page.locator('main input[name=name]').fill('line5');
    await page.locator('main input[name=url]').fill(`http://line5.localhost:${plant.gate.port}`);
    await press(page, '/copy');
    assert.match(page.url(), /\/apps\//);
    await page.goto(`${plant.console}/w/default/apps/line5/settings/delete`);
    await shot(page, 'console-delete');
    const typed = formTo(page, '/delete').locator('input:not([type=hidden])');
    if (await typed.count() > 0) await typed.first().fill('line5');
    await press(page, '/delete');
    assert.equal(new URL(page.url()).pathname, '/w/default/apps');
    assert.equal((await plant.gate.api.call('GET', '/workspaces/default/apps?q=line5')).items.length, 0);
  });

  it('is where the back button leads', async (test) => {
    const { page } = await at(test, '/w/default/apps?q=line');
    const steps = ['/w/default/apps/line4', '/w/default/apps/line4/users', '/w/default/apps/line4/access', '/w/default/apps/line4/settings'];
    for (const step of steps) await page.goto(`${plant.console}${step}`);
    for (const step of [...steps.slice(0, -1).reverse(), '/w/default/apps']) {
      await page.goBack();
      assert.equal(new URL(page.url()).pathname, step);
      assert.equal((await page.locator('h1').count()), 1);
    }
    assert.equal(await field(page, 'q').or(page.locator('main input[name=q]')).first().inputValue(), 'line');
    await page.goForward();
    assert.equal(new URL(page.url()).pathname, steps[0]);
  });

  it('is no member\'s business after sign-out, also not by the back button', async (test) => {
    const fresh = await ownerAgain();
    const { page } = await at(test, '/w/default/apps/line4', { storageState: fresh });
    await page.locator('header details.account summary').click();
    await Promise.all([page.waitForEvent('load'), page.locator('header form[action$="/.millgate/sign-out"] button').click()]);
    await page.goBack();
    await page.reload();
    await meets(page, 'sign-in');
  });
});

/** A session of its own, which may end. */
async function ownerAgain() {
  const { context } = await visitor(browser);
  const page = await context.newPage();
  await page.goto(`${plant.console}/.millgate/sign-in`);
  const { owner } = await import('./support/console.js');
  await page.locator('input[name=email]').fill(owner.email);
  await page.locator('input[name=password]').fill(owner.password);
  await Promise.all([page.waitForEvent('load'), page.locator('main form button[type=submit]').first().click()]);
  const cookies = await context.storageState();
  await context.close();
  return cookies;
}
