// @ts-check
// Entering and leaving: every kind of address, fragments, many tabs, and no script at all.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { launch, launchWithoutCookies, shot, visitor } from './support/browser.js';
import { adaSignsUp, masterPassword, startPlant } from './support/plant.js';
import { ada, field, meets, send, signIn, signUpFromSignIn, submitButton } from './support/portal.js';
import { seenByTheApp } from './support/upstream.js';

/** @typedef {import('./support/browser.js').BrowserContextOptions} BrowserContextOptions */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/plant.js').Plant} */
let plant;
/** @type {import('./support/browser.js').BrowserContext[]} */
const contexts = [];
before(async () => {
  browser = await launch();
  plant = await startPlant();
  await adaSignsUp(plant, browser);
});
afterEach(async () => { for (const context of contexts.splice(0)) await context.close(); });
after(async () => {
  await browser?.close();
  await plant?.stop();
});

/** @param {BrowserContextOptions} [options] */
async function someone(options) {
  const { context } = await visitor(browser, options);
  contexts.push(context);
  return context;
}

const grace = { email: 'grace@plant.example', password: 'eight bells and 2 watches', given_name: 'Grace', family_name: 'Hopper' };

describe('entering', { timeout: 120_000 }, () => {
  for (const [app, how] of [['line4', 'a name'], ['root', 'an IP address'], ['hmi', 'a path prefix']]) {
    it(`opens and closes an app at ${how}`, async () => {
      const page = await (await someone()).newPage();
      const url = `${plant.gate.url(app)}/tank?no=4`;
      await page.goto(url);
      await meets(page, 'sign-in');
      assert.ok(page.url().startsWith(`${plant.gate.url(app)}/.millgate/`));
      await signIn(page);
      assert.equal(page.url(), url);
      assert.deepEqual(await seenByTheApp(page), { path: '/tank?no=4', user: ada.email });

      await page.goto(`${plant.gate.url(app)}/.millgate/sign-out`);
      await send(page, {});
      await page.goto(url);
      await meets(page, 'sign-in');
    });
  }

  it('keeps apps on one address apart', async () => {
    const page = await (await someone()).newPage();
    await page.goto(plant.gate.url('root'));
    await signIn(page);
    assert.equal((await seenByTheApp(page)).user, ada.email);
    await page.goto(plant.gate.url('hmi'));
    await meets(page, 'sign-in');
    assert.ok(page.url().startsWith(`${plant.gate.url('hmi')}/.millgate/`));
  });

  it('keeps the fragment through a wrong and a right sign-in', async () => {
    const page = await (await someone()).newPage();
    const url = `${plant.gate.url('line4')}/view?zoom=2#/line/4`;
    await page.goto(url);
    await signIn(page, { ...ada, password: 'not hers' });
    await page.getByRole('alert').waitFor();
    await signIn(page);
    assert.equal(page.url(), url);
    assert.equal((await seenByTheApp(page)).path, '/view?zoom=2');
  });

  it('keeps the fragment through sign-up', async () => {
    const page = await (await someone()).newPage();
    const url = `${plant.gate.url('line4')}/view#/line/4`;
    await page.goto(url);
    await signUpFromSignIn(page, grace);
    assert.equal(page.url(), url);
    assert.equal((await seenByTheApp(page)).user, grace.email);
  });

  it('brings ten tabs that sign in at once each to their own page', async () => {
    const context = await someone();
    const urls = Array.from({ length: 10 }, (_, number) => `${plant.gate.url('line4')}/tab/${number}#/line/${number}`);
    const tabs = await Promise.all(urls.map(async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      await field(page, 'email').fill(ada.email);
      await field(page, 'password').fill(ada.password);
      return page;
    }));
    await Promise.all(tabs.map((page) => Promise.all([page.waitForURL((url) => url.pathname.startsWith('/tab/')), submitButton(page).click()])));
    assert.deepEqual(tabs.map((page) => page.url()), urls);
    for (const [number, page] of tabs.entries()) {
      assert.deepEqual(await seenByTheApp(page), { path: `/tab/${number}`, user: ada.email });
      await page.reload();
      assert.equal((await seenByTheApp(page)).user, ada.email, 'no tab ended another');
    }
  });

  it('names the cause when the browser never sends the cookie back', async () => {
    const context = await launchWithoutCookies();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${plant.gate.url('line4')}/no-cookies`);
    for (let round = 0; round < 5 && await field(page, 'email').count() > 0; round += 1) {
      await meets(page, 'sign-in');
      await signIn(page);
    }
    assert.equal(await field(page, 'email').count(), 0, 'the rounds end');
    assert.match(await page.locator('main').innerText(), /cookie/i);
    await shot(page, 'cookies-blocked');
  });

  it('takes the master password', async () => {
    const page = await (await someone()).newPage();
    await page.goto(`${plant.gate.url('tanks')}/level`);
    await meets(page, 'master-password');
    await send(page, { master_password: 'not this' });
    await page.getByRole('alert').waitFor();
    await send(page, { master_password: masterPassword });
    const { path, user } = await seenByTheApp(page);
    assert.equal(path, '/level');
    assert.match(user ?? '', /^anon-/);
  });

  it('takes both proofs on one page', async () => {
    const page = await (await someone()).newPage();
    await page.goto(`${plant.gate.url('both')}/level`);
    await meets(page, 'sign-in');
    await send(page, { email: ada.email, password: ada.password, master_password: masterPassword });
    assert.deepEqual(await seenByTheApp(page), { path: '/level', user: ada.email });
  });

  it('turns away whom the app has not invited, right password or not', async () => {
    const context = await someone();
    const page = await context.newPage();
    await page.goto(plant.gate.url('club'));
    await meets(page, 'sign-in');
    const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), signIn(page)]);
    assert.equal(answer.status(), 403);
    await shot(page, 'turned-away');
    await page.goto(plant.gate.url('club'));
    await meets(page, 'sign-in');
  });
});

describe('without JavaScript', { timeout: 120_000 }, () => {
  it('a person signs up, signs out and signs in again', async () => {
    const page = await (await someone({ javaScriptEnabled: false })).newPage();
    const person = { ...grace, email: 'joan@plant.example' };
    const url = `${plant.gate.url('hmi')}/tank`;
    await page.goto(url);
    await signUpFromSignIn(page, person);
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: person.email });
    await page.goto(`${plant.gate.url('hmi')}/.millgate/sign-out`);
    await send(page, {});
    await page.goto(url);
    await signIn(page, { ...person, password: 'not hers' });
    assert.notEqual((await page.getByRole('alert').textContent())?.trim(), '');
    await signIn(page, person);
    assert.equal(page.url(), url);
  });

  it('a person gives the master password and accepts an invite', async () => {
    const page = await (await someone({ javaScriptEnabled: false })).newPage();
    await page.goto(plant.gate.url('tanks'));
    await send(page, { master_password: masterPassword });
    assert.equal((await seenByTheApp(page)).path, '/');
    const { link } = await plant.gate.api.accessLink('club', { email: 'mary@plant.example' });
    await page.goto(link);
    await send(page, { password: grace.password, given_name: 'Mary', family_name: 'Jackson' });
    assert.deepEqual(await seenByTheApp(page), { path: '/', user: 'mary@plant.example' });
  });

  it('shows no control that does nothing', async () => {
    const page = await (await someone({ javaScriptEnabled: false })).newPage();
    await page.goto(plant.gate.url('line4'));
    assert.equal(await page.getByRole('button').count(), 1);
  });
});
