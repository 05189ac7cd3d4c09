// @ts-check
// A person's own account, on the app's address.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { linkIn } from './support/mail.js';
import { eventually } from './support/net.js';
import { otherPassword, password, person, signInAt, signUp, startOffice } from './support/people.js';
import { formTo, me, meets, send, sendTo } from './support/portal.js';
import { holdSocket, seenByTheApp } from './support/upstream.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/browser.js').Page} Page
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/people.js').Office} */
let office;
/** @type {string} */
let line4;
before(async () => {
  [browser, office] = await Promise.all([launch(), startOffice()]);
  line4 = office.gate.url('line4');
});
after(async () => {
  await browser?.close();
  await office?.stop();
});

/** @param {TestContext} test */
async function somePage(test) {
  const { context } = await visitor(browser);
  test.after(() => context.close());
  return context.newPage();
}

/**
 * Somebody with an account, on their account page.
 * @param {TestContext} test
 * @param {string} name
 */
async function atTheAccount(test, name) {
  const page = await somePage(test);
  await signUp(page, line4, name);
  await page.goto(`${line4}/.millgate/account`);
  return page;
}

/**
 * The same person on another device.
 * @param {TestContext} test
 * @param {string} name
 * @param {string} [app]
 */
async function otherDevice(test, name, app = line4) {
  const page = await somePage(test);
  await signInAt(page, app, person(name));
  assert.equal((await seenByTheApp(page)).user, person(name).email);
  return page;
}

/** @param {Page} page */
async function saysDone(page) {
  await page.waitForURL((url) => url.pathname.endsWith('/.millgate/account') && url.searchParams.has('done'));
  await page.locator('main .done[role=status]', { hasText: /\S/ }).waitFor();
}

describe('the account', { concurrency: 3, timeout: 120_000 }, () => {
  it('is for people who are signed in', async (test) => {
    const page = await somePage(test);
    await page.goto(`${line4}/.millgate/account`);
    await meets(page, 'sign-in');
  });

  it('changes the name, which the app hears at once', async (test) => {
    const page = await atTheAccount(test, 'Rosa');
    await shot(page, 'account');
    await sendTo(page, 'account/name', { given_name: 'Róża', family_name: 'Łuksemburg' });
    await saysDone(page);
    assert.equal(await formTo(page, 'account/name').locator('[name=given_name]').inputValue(), 'Róża');
    assert.equal((await me(page, line4))?.name, 'Róża Łuksemburg');
  });

  it('is worked with the keyboard alone', async (test) => {
    const page = await atTheAccount(test, 'Klara');
    for (let presses = 0; presses < 30; presses += 1) {
      if (await page.evaluate(() => document.activeElement?.getAttribute('name')) === 'family_name') break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Zetkin');
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    await saysDone(page);
    assert.equal((await me(page, line4))?.family_name, 'Zetkin');
  });

  it('changes the password: this device stays, the others end', async (test) => {
    const page = await atTheAccount(test, 'Paula');
    const other = await otherDevice(test, 'Paula');
    await sendTo(page, 'account/password', { password: 'not hers at all', new_password: otherPassword });
    await page.getByRole('alert').first().waitFor();
    await shot(page, 'account-wrong-password');
    await sendTo(page, 'account/password', { password, new_password: otherPassword });
    await saysDone(page);
    await page.goto(`${line4}/tank`);
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: person('Paula').email });
    await other.goto(line4);
    await meets(other, 'sign-in');
    await signInAt(other, line4, { ...person('Paula'), password: otherPassword });
    assert.equal((await seenByTheApp(other)).user, person('Paula').email);
  });

  it('leaves the other devices alone when asked to', async (test) => {
    const page = await atTheAccount(test, 'Petra');
    const other = await otherDevice(test, 'Petra');
    await sendTo(page, 'account/password', { password, new_password: otherPassword, end_others: false });
    await saysDone(page);
    await other.goto(`${line4}/tank`);
    assert.equal((await seenByTheApp(other)).path, '/tank');
  });

  it('ends one session, whose open page notices', async (test) => {
    const page = await atTheAccount(test, 'Sonja');
    const other = await otherDevice(test, 'Sonja');
    const [state, own] = [await holdSocket(other, line4), await page.context().newPage()];
    await own.goto(line4);
    const ownState = await holdSocket(own, line4);
    await page.reload();
    const ends = formTo(page, 'account/end');
    assert.equal(await ends.count(), 2);
    const here = page.locator('li', { has: page.locator('.this') });
    assert.equal(await here.count(), 1, 'this one is marked');
    const there = page.locator('main li:has(form[action$="account/end"]):not(:has(.this))');
    await Promise.all([page.waitForEvent('load'), there.locator('button').click()]);
    await saysDone(page);
    await eventually('the other socket closes', async () => await state() === 'closed', 2_000);
    assert.equal(await ownState(), 'open');
    await other.goto(line4);
    await meets(other, 'sign-in');
  });

  it('shows the sessions of all apps, and signs out everywhere', async (test) => {
    const page = await atTheAccount(test, 'Emma');
    const other = await otherDevice(test, 'Emma', office.gate.url('hmi'));
    const state = await holdSocket(other, office.gate.url('hmi'));
    await page.reload();
    assert.match(await page.locator('main').innerText(), /By prefix/);
    await shot(page, 'account-sessions');
    await sendTo(page, 'account/sign-out-everywhere');
    await eventually('the other socket closes', async () => await state() === 'closed', 2_000);
    assert.equal(await me(page, line4), undefined);
    assert.equal(await me(other, office.gate.url('hmi')), undefined);
  });

  it('changes the address by a link that is mailed there', async (test) => {
    const page = await atTheAccount(test, 'Adele');
    const email = 'adele.new@plant.example';
    await sendTo(page, 'account/email', { email, password });
    await saysDone(page);
    assert.equal((await me(page, line4))?.email, person('Adele').email, 'not before it is proven');
    const letter = await office.mail.letterTo(email);
    await page.goto(linkIn(letter));
    await shot(page, 'confirm-address');
    await send(page, {});
    assert.equal((await me(page, line4))?.email, email);
    const other = await somePage(test);
    await signInAt(other, line4, { email, password });
    assert.equal((await seenByTheApp(other)).user, email);
    await other.setContent(letter.html);
    await shot(other, 'letter-address');
  });

  it('is deleted by its owner', async (test) => {
    const page = await atTheAccount(test, 'Ida');
    await sendTo(page, 'account/delete', { password });
    await page.getByRole('alert').first().waitFor();
    await sendTo(page, 'account/delete', { password, confirm: true });
    await shot(page, 'account-deleted');
    assert.equal(await me(page, line4), undefined);
    await signInAt(page, line4, person('Ida'));
    await page.getByRole('alert').waitFor();
    assert.ok((await office.gate.api.users('line4')).every((row) => row.email !== person('Ida').email));
  });

  it('sends to the administrator for a new address where no mail is sent', async (test) => {
    const page = await somePage(test);
    await signUp(page, office.alone.url('line4'), 'Otto');
    await page.goto(`${office.alone.url('line4')}/.millgate/account`);
    assert.equal(await formTo(page, 'account/email').count(), 0);
    assert.match(await page.locator('main').innerText(), /ask your administrator/i);
    await shot(page, 'account-without-mail');
  });

  it('names its fields for password managers', async (test) => {
    const page = await atTheAccount(test, 'Nora');
    const tokens = await page.locator('main form input:not([type=hidden]):not([type=checkbox])').evaluateAll((inputs) =>
      inputs.map((input) => `${input.closest('form')?.getAttribute('action')?.split('/').at(-1)} ${input.getAttribute('name')}: ${input.getAttribute('autocomplete')}`));
    assert.deepEqual(tokens.toSorted(), [
      'delete password: current-password',
      'email email: email', 'email password: current-password',
      'name family_name: family-name', 'name given_name: given-name',
      'password new_password: new-password', 'password password: current-password', 'password username: username',
    ]);
    const { link } = await office.gate.api.resetLink('line4', person('Nora').email);
    await page.goto(link);
    assert.equal(await page.locator('main input[name=password]').getAttribute('autocomplete'), 'new-password');
    await page.goto(`${line4}/.millgate/reset`);
    assert.equal(await page.locator('main input[name=email]').getAttribute('autocomplete'), 'username');
  });

  it('tells how strong a new password is', async (test) => {
    const page = await somePage(test);
    await page.goto(`${line4}/.millgate/sign-up`);
    const meter = page.locator('.strength');
    const levels = [];
    for (const text of ['aaaaaaaa', 'Plant2024', 'correct horse 4 battery staple']) {
      await page.locator('input[name=password]').fill(text);
      levels.push(await meter.getAttribute('data-level'));
      assert.notEqual((await meter.innerText()).trim(), '');
    }
    assert.deepEqual(levels, ['1', '2', '3']);
    await shot(page, 'password-strength');
  });
});
