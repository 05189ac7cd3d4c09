// @ts-check
// The forms for people who use a keyboard, a screen reader or a password manager.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { adaSignsUp, masterPassword, startPlant } from './support/plant.js';
import { hold } from './support/pointer.js';
import { ada, field, send, signIn } from './support/portal.js';
import { seenByTheApp } from './support/upstream.js';

/** @typedef {import('./support/browser.js').Page} Page */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/plant.js').Plant} */
let plant;
/** @type {Page} */
let page;
before(async () => {
  browser = await launch();
  plant = await startPlant();
  await adaSignsUp(plant, browser);
});
beforeEach(async () => { page = await (await visitor(browser)).context.newPage(); });
afterEach(() => page.context().close());
after(async () => {
  await browser?.close();
  await plant?.stop();
});

/** The name, or else the text, of what has the focus. */
function focused() {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('name') ?? activeElement?.textContent?.trim() ?? '';
  });
}

/**
 * Goes on with Tab until this field has the focus, as a person without a mouse does.
 * @param {string} name
 */
async function tabTo(name) {
  for (let presses = 0; presses < 20; presses += 1) {
    if (await focused() === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${name}`);
}

/**
 * Every stop of Tab from the top of the page, until it starts again.
 * @returns {Promise<Array<{index: number, name: string | null, visible: boolean}>>}
 */
async function tabStops() {
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
  });
  /** @type {Array<{index: number, name: string | null, visible: boolean}>} */
  const stops = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return null;
      const { outlineStyle, boxShadow } = getComputedStyle(activeElement);
      return {
        index: [...document.querySelectorAll('*')].indexOf(activeElement),
        name: activeElement.getAttribute('name'),
        visible: outlineStyle !== 'none' || boxShadow !== 'none',
      };
    });
    if (!stop || stops.some(({ index }) => index === stop.index)) break;
    stops.push(stop);
  }
  return stops;
}

/** @returns {Promise<Record<string, string | null>>} */
function autocompleteTokens() {
  return page.locator('main form input:not([type=hidden])').evaluateAll((inputs) =>
    Object.fromEntries(inputs.map((input) => [input.getAttribute('name'), input.getAttribute('autocomplete')])));
}

/** The control that shows what was typed into a password field. */
function showPassword() {
  return page.getByRole('button', { name: /show/i }).or(page.getByRole('checkbox', { name: /show/i })).first();
}

/** @param {string} name */
async function describedBy(name) {
  const ids = (await field(page, name).getAttribute('aria-describedby') ?? '').split(/\s+/).filter(Boolean);
  const texts = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).textContent()));
  return texts.join(' ').trim();
}

describe('the forms', { timeout: 120_000 }, () => {
  it('are filled in and sent with the keyboard alone', async () => {
    await page.goto(`${plant.gate.url('line4')}/tank`);
    await tabTo('email');
    await page.keyboard.type(ada.email);
    await tabTo('password');
    await page.keyboard.type(ada.password);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: ada.email });
  });

  for (const [form, order] of Object.entries({
    'sign-in': ['email', 'password'],
    'sign-up': ['email', 'password', 'given_name', 'family_name'],
    'master-password': ['master_password'],
  })) {
    it(`let Tab go through ${form} in reading order, and show where it is`, async () => {
      await page.goto(`${plant.gate.url(form === 'master-password' ? 'tanks' : 'line4')}/.millgate/${form}`);
      const stops = await tabStops();
      const indexes = stops.map(({ index }) => index);
      assert.deepEqual(indexes, indexes.toSorted((left, right) => left - right));
      const names = stops.map(({ name }) => name).filter((name) => name !== null);
      assert.deepEqual(names.filter((name) => order.includes(name)).toSorted(), order.toSorted());
      assert.ok(stops.every(({ visible }) => visible), 'the focus can be seen');
    });
  }

  it('name their fields for password managers', async () => {
    await page.goto(`${plant.gate.url('line4')}/.millgate/sign-in`);
    assert.deepEqual(await autocompleteTokens(), { email: 'username', password: 'current-password' });
    await page.goto(`${plant.gate.url('line4')}/.millgate/sign-up`);
    assert.deepEqual(await autocompleteTokens(), {
      email: 'username', password: 'new-password', given_name: 'given-name', family_name: 'family-name',
    });
  });

  it('show the password on demand, and hide it again', async () => {
    await page.goto(plant.gate.url('line4'));
    const password = field(page, 'password');
    await password.fill(ada.password);
    await showPassword().focus();
    await page.keyboard.press('Space');
    assert.equal(await password.getAttribute('type'), 'text');
    assert.equal(await password.inputValue(), ada.password);
    await shot(page, 'password-shown');
    await page.keyboard.press('Space');
    assert.equal(await password.getAttribute('type'), 'password');
  });

  it('send a shown password as a password', async () => {
    await page.goto(plant.gate.url('tanks'));
    await field(page, 'master_password').fill(masterPassword);
    await showPassword().click();
    await send(page, {});
    assert.equal((await seenByTheApp(page)).path, '/');
  });

  it('hint at Caps Lock, and are sent by the press that leaves the field', async () => {
    await page.goto(plant.gate.url('line4'));
    await field(page, 'email').fill(ada.email);
    const password = field(page, 'password');
    await password.fill(ada.password);
    await password.dispatchEvent('keydown', { key: 'A', modifierCapsLock: true });
    const hint = page.locator('main').getByText(/caps lock/i);
    await hint.waitFor();
    await shot(page, 'caps-lock');
    const submit = await hold(page, page.locator('main form button[type=submit]').first());
    await Promise.all([page.waitForEvent('load'), submit.endsWhereItBegan()]);
    assert.equal((await seenByTheApp(page)).user, ada.email);
  });

  it('announce wrong credentials and keep the address', async () => {
    await page.goto(plant.gate.url('line4'));
    await signIn(page, { ...ada, password: 'not hers' });
    const alert = page.getByRole('alert');
    assert.notEqual((await alert.textContent())?.trim(), '');
    assert.ok(await alert.isVisible());
    assert.equal(await field(page, 'email').inputValue(), ada.email);
    assert.equal(await field(page, 'password').inputValue(), '');
    await shot(page, 'sign-in-wrong');
  });

  it('say the same to a known and an unknown address', async () => {
    const answers = [];
    for (const email of [ada.email, 'nobody@plant.example']) {
      await page.goto(plant.gate.url('line4'));
      await signIn(page, { email, password: 'not the one', given_name: '', family_name: '' });
      answers.push((await page.locator('main').innerText()).replaceAll(email, ''));
    }
    assert.equal(answers[0], answers[1]);
  });

  it('point at the field that is wrong', async () => {
    await page.goto(`${plant.gate.url('line4')}/.millgate/sign-up`);
    // The browser's own check stands before the gate's; without it the gate's is seen.
    await page.locator('main form').evaluate((form) => { if (form instanceof HTMLFormElement) form.noValidate = true; });
    await send(page, { email: 'no address', password: ada.password, given_name: 'Ada', family_name: 'Lovelace' });
    await page.getByRole('alert').first().waitFor();
    assert.equal(await field(page, 'email').getAttribute('aria-invalid'), 'true');
    assert.notEqual(await describedBy('email'), '');
    assert.equal(await field(page, 'given_name').inputValue(), 'Ada');
    await shot(page, 'sign-up-wrong');
  });

  it('say once what is wrong with the only field', async () => {
    await page.goto(`${plant.gate.url('tanks')}/.millgate/master-password`);
    await send(page, { master_password: 'not this' });
    const said = (await page.getByRole('alert').first().innerText()).trim();
    assert.notEqual(said, '');
    assert.equal(await describedBy('master_password'), said);
    assert.equal((await page.locator('main').innerText()).split(said).length, 2);
    await shot(page, 'master-password-wrong');
  });
});
