// @ts-check
// How people come in: by a link, a code to scan, a name of their own, with approval, after a forgotten password, and
// from one app to the next.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { linkIn } from './support/mail.js';
import { masterPassword, otherPassword, password, person, signInAt, signUp, startOffice } from './support/people.js';
import { field, formTo, me, meets, send, sendTo, signUpFromSignIn } from './support/portal.js';
import { seenByTheApp } from './support/upstream.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/browser.js').Page} Page
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/people.js').Office} */
let office;
before(async () => { [browser, office] = await Promise.all([launch(), startOffice()]); });
after(async () => {
  await browser?.close();
  await office?.stop();
});

/**
 * @param {TestContext} test
 * @param {import('./support/browser.js').BrowserContextOptions} [options]
 */
async function somePage(test, options) {
  const { context } = await visitor(browser, options);
  test.after(() => context.close());
  return context.newPage();
}

describe('an invitation', { concurrency: 3, timeout: 120_000 }, () => {
  for (const [language, locale] of [['en', 'en-US'], ['de', 'de-DE']]) {
    for (const [app, how] of [['club', 'a name'], ['east', 'an IP address'], ['hmi', 'a path prefix']]) {
      it(`leads by its link straight into the app at ${how}, in ${language}`, async (test) => {
        const { api } = office.gate;
        const email = `${app}-${language}@plant.example`;
        const invited = await api.invite(app, { email, given_name: 'Ada' });
        const page = await somePage(test, { locale });
        await page.goto(invited.link);
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.equal(await field(page, 'given_name').inputValue(), 'Ada');
        await send(page, { password, family_name: 'Lovelace' });
        assert.equal(page.url(), `${office.gate.url(app)}/`);
        assert.deepEqual(await seenByTheApp(page), { path: '/', user: email });
        const { items } = await api.call('GET', `/workspaces/default/apps/${app}/invites?state=accepted&q=${encodeURIComponent(email)}`);
        assert.deepEqual(items.map((/** @type {any} */ row) => row.id), [invited.id]);
      });
    }
  }

  it('can be scanned from a picture', async (test) => {
    const { qr } = await office.gate.api.invite('club', { email: 'scan@plant.example' });
    const page = await somePage(test);
    await page.setContent(`<body style="margin:0"><img width="300" height="300" src="data:image/svg+xml,${encodeURIComponent(qr)}">`);
    const dark = await page.evaluate(async () => {
      const image = document.images[0];
      if (!image) return 0;
      await image.decode();
      const paper = Object.assign(document.createElement('canvas'), { width: 300, height: 300 }).getContext('2d');
      paper?.drawImage(image, 0, 0, 300, 300);
      const pixels = paper?.getImageData(0, 0, 300, 300).data ?? [];
      let dark = 0;
      for (let at = 0; at < pixels.length; at += 4) if ((pixels[at] ?? 255) < 128 && (pixels[at + 3] ?? 0) > 128) dark += 1;
      return dark / 90_000;
    });
    assert.ok(dark > 0.25 && dark < 0.65, `${dark} of the picture is dark`);
    await shot(page, 'qr');
  });

  it('needs no address: a personnel number will do', async (test) => {
    const invited = await office.gate.api.invite('club', { username: '4711', given_name: 'Dima' });
    const page = await somePage(test);
    await page.goto(invited.link);
    await shot(page, 'invite-username');
    await send(page, { password });
    assert.deepEqual(await seenByTheApp(page), { path: '/', user: '4711' });
    const other = await somePage(test);
    await signInAt(other, office.gate.url('club'), { email: '4711', password });
    assert.equal((await seenByTheApp(other)).user, '4711');
  });

  it('says the same when it was used, withdrawn, replaced or never made', async (test) => {
    const { api } = office.gate;
    const page = await somePage(test);
    const withdrawn = await api.invite('club', { email: 'withdrawn@plant.example' });
    await api.withdraw('club', withdrawn.id);
    const replaced = await api.invite('club', { email: 'replaced@plant.example' });
    await api.invite('club', { email: 'replaced@plant.example' });
    const used = await api.invite('club', { email: 'used@plant.example' });
    await page.goto(used.link);
    await send(page, { password, given_name: 'Una', family_name: 'Used' });
    await page.context().clearCookies();
    const answers = [];
    for (const { link } of [withdrawn, replaced, used, { link: withdrawn.link.replace(/.{6}$/, 'AAAAAA') }]) {
      const answer = await page.goto(link);
      answers.push(`${answer?.status()} ${(await page.content()).replaceAll(/\/invite\/[\w-]+/g, '/invite/…')}`);
    }
    assert.equal(new Set(answers).size, 1, 'one page for all of them');
    assert.ok(await page.locator('main a').count() > 0, 'a way on');
    await shot(page, 'invite-withdrawn');
  });

  it('comes by mail, in its own language', async (test) => {
    await office.gate.api.invite('club', { email: 'brief@plant.example', language: 'de' });
    const letter = await office.mail.letterTo('brief@plant.example');
    assert.match(`${letter.headers.Subject} ${letter.text}`, /Einladung|eingeladen/);
    const page = await somePage(test);
    await page.goto(linkIn(letter));
    await send(page, { password, given_name: 'Britta', family_name: 'Brief' });
    assert.equal((await seenByTheApp(page)).user, 'brief@plant.example');
    // How the letter itself looks.
    await page.setContent(letter.html);
    await shot(page, 'letter-invite-de');
  });
});

describe('the rules of an app', { concurrency: 3, timeout: 120_000 }, () => {
  it('has somebody wait for approval, and lets them in by itself', async (test) => {
    const page = await somePage(test);
    await page.goto(`${office.gate.url('queue')}/tank`);
    await signUpFromSignIn(page, person('Walter'));
    assert.equal(await page.locator('#user').count(), 0);
    await shot(page, 'waiting');
    await office.gate.api.approve('queue', person('Walter').email);
    await page.locator('#user').waitFor();
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: person('Walter').email });
  });

  it('names the domains whose addresses may sign up', async (test) => {
    const page = await somePage(test);
    await page.goto(`${office.gate.url('near')}/.millgate/sign-up`);
    await send(page, { ...person('Olga'), email: 'olga@elsewhere.example' });
    assert.equal(await field(page, 'email').getAttribute('aria-invalid'), 'true');
    assert.match(await page.locator('main').innerText(), /plant\.example.*works\.example/s);
    await shot(page, 'sign-up-other-domain');
    await send(page, { ...person('Olga'), email: 'olga@works.example' });
    assert.equal((await seenByTheApp(page)).user, 'olga@works.example');
  });

  it('asks for a name behind the master password, once', async (test) => {
    const page = await somePage(test);
    const tanks = office.gate.url('tanks');
    await page.goto(`${tanks}/level`);
    await meets(page, 'master-password');
    assert.equal(await field(page, 'name').getAttribute('autocomplete'), 'name');
    await send(page, { master_password: masterPassword });
    assert.equal(await field(page, 'name').getAttribute('aria-invalid'), 'true');
    await shot(page, 'name-question-missing');
    await send(page, { master_password: masterPassword, name: 'Schicht B — Дима' });
    const { path, user } = await seenByTheApp(page);
    assert.equal(path, '/level');
    assert.match(user ?? '', /^anon-/);
    assert.equal((await me(page, tanks))?.name, 'Schicht B — Дима');
    await page.goto(`${tanks}/again`);
    assert.deepEqual(await seenByTheApp(page), { path: '/again', user });
  });
});

describe('a forgotten password', { concurrency: 3, timeout: 120_000 }, () => {
  it('is replaced by a link in a mail, which ends the other sessions', async (test) => {
    const line4 = office.gate.url('line4');
    const other = await somePage(test);
    await signUp(other, line4, 'Frida');
    const page = await somePage(test);
    await page.goto(`${line4}/.millgate/sign-in`);
    await Promise.all([page.waitForEvent('load'), page.locator('main a[href*="/.millgate/reset"]').click()]);
    await shot(page, 'reset');
    await send(page, { email: person('Frida').email });
    const said = await page.locator('main').innerText();
    const link = linkIn(await office.mail.letterTo(person('Frida').email));
    await page.goto(link);
    await send(page, { password: otherPassword });
    assert.equal((await seenByTheApp(page)).user, person('Frida').email);
    await other.goto(line4);
    await meets(other, 'sign-in');
    await signInAt(other, line4, { ...person('Frida'), password });
    await other.getByRole('alert').waitFor();
    await signInAt(other, line4, { ...person('Frida'), password: otherPassword });
    assert.equal((await seenByTheApp(other)).user, person('Frida').email);

    const used = await somePage(test);
    await used.goto(link);
    assert.equal(await field(used, 'password').count(), 0, 'the link works once');
    await shot(used, 'reset-gone');
    await used.goto(`${line4}/.millgate/reset`);
    await send(used, { email: 'nobody@plant.example' });
    assert.equal(await used.locator('main').innerText(), said, 'the same for an unknown address');
  });

  it('is a matter for the administrator where no mail is sent', async (test) => {
    const line4 = office.alone.url('line4');
    const page = await somePage(test);
    await signUp(page, line4, 'Gustav');
    await page.context().clearCookies();
    await page.goto(`${line4}/.millgate/sign-in`);
    await Promise.all([page.waitForEvent('load'), page.locator('main a[href*="/.millgate/reset"]').click()]);
    assert.equal(await page.locator('main form').count(), 0);
    assert.match(await page.locator('main').innerText(), /administrator/);
    await shot(page, 'reset-without-mail');
    const { link } = await office.alone.api.resetLink('line4', person('Gustav').email);
    await page.goto(link);
    await send(page, { password: otherPassword });
    assert.equal((await seenByTheApp(page)).user, person('Gustav').email);
  });
});

describe('one sign-in per workspace', { concurrency: 3, timeout: 120_000 }, () => {
  for (const [from, to, how] of [['line4', 'line5', 'between names'], ['east', 'west', 'between ports of one address'], ['line5', 'east', 'from a name to an address'], ['hmi', 'line4', 'from a path prefix to a name']]) {
    it(`goes on with one click ${how}`, async (test) => {
      const page = await somePage(test, { userAgent: `Mozilla/5.0 (X11; Linux x86_64) Test/${from}-${to}` });
      const name = `${from}${to}`;
      await signUp(page, office.gate.url(from ?? ''), name);
      await page.goto(`${office.gate.url(to ?? '')}/tank?no=4`);
      await meets(page, 'sign-in');
      const goOn = formTo(page, 'hand-over');
      assert.match(await goOn.innerText(), new RegExp(person(name).email));
      await shot(page, `continue-as-${from}-${to}`);
      await sendTo(page, 'hand-over');
      assert.deepEqual(await seenByTheApp(page), { path: '/tank?no=4', user: person(name).email });

      // Signing out ends one of them; everywhere ends both.
      await page.goto(`${office.gate.url(to ?? '')}/.millgate/sign-out`);
      await page.locator('main form button').first().waitFor();
      await Promise.all([page.waitForEvent('load'), page.locator('main form:not(:has([name=everywhere])) button[type=submit]').first().click()]);
      assert.equal(await me(page, office.gate.url(to ?? '')), undefined);
      assert.equal((await me(page, office.gate.url(from ?? '')))?.email, person(name).email);
    });
  }

  it('signs out everywhere', async (test) => {
    const page = await somePage(test, { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Test/everywhere' });
    const [line4, line5] = [office.gate.url('line4'), office.gate.url('line5')];
    await signUp(page, line4, 'Erika');
    await page.goto(line5);
    await sendTo(page, 'hand-over');
    await page.goto(`${line5}/.millgate/sign-out`);
    await shot(page, 'sign-out-everywhere');
    await Promise.all([page.waitForEvent('load'), page.locator('main form:has([name=everywhere]) button[type=submit], main button[name=everywhere]').first().click()]);
    for (const app of [line4, line5]) assert.equal(await me(page, app), undefined);
  });

  it('is not offered where it is switched off, nor to strangers', async (test) => {
    const page = await somePage(test, { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Test/apart' });
    await signUp(page, office.gate.url('line4'), 'Anton');
    await page.goto(office.gate.url('apart'));
    await meets(page, 'sign-in');
    assert.equal(await formTo(page, 'hand-over').count(), 0);
    // The same kind of browser, from the same address, but not Anton's.
    const stranger = await somePage(test, { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Test/apart' });
    await stranger.goto(office.gate.url('line5'));
    await meets(stranger, 'sign-in');
    assert.equal(await formTo(stranger, 'hand-over').count(), 0);
    assert.doesNotMatch(await stranger.content(), /anton/i);
  });
});
