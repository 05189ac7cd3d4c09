// @ts-check
// Signing in by an identity provider: a real provider program, a real browser, every kind of address.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { button, continueWith, landing, profile, startFederation } from './support/federated.js';
import { eventually } from './support/net.js';
import { field, meets, send, signIn } from './support/portal.js';
import { seenByTheApp } from './support/upstream.js';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {import('./support/browser.js').Page} Page
 */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/federated.js').Federation} */
let house;
before(async () => { [browser, house] = await Promise.all([launch(), startFederation()]); });
after(async () => {
  await browser?.close();
  await house?.stop();
});

/**
 * @param {TestContext | import('node:test').SuiteContext} test
 * @param {import('./support/browser.js').BrowserContextOptions} [options]
 */
async function someone(test, options) {
  const { context } = await visitor(browser, options);
  /** @type {TestContext} */ (test).after(() => context.close());
  return context;
}

/** @param {TestContext} test */
async function somePage(test) {
  return (await someone(test)).newPage();
}

const password = 'correct horse 4 battery';

/**
 * The account that somebody has by a password, as sign-up leaves it: the address is not proven.
 * @param {TestContext} test
 * @param {string} sub
 */
async function signedUp(test, sub) {
  const page = await somePage(test);
  const { email, given_name, family_name } = profile(sub);
  await page.goto(`${house.gate.url('line4')}/.millgate/sign-up`);
  await send(page, { email, password, given_name, family_name });
  assert.equal((await seenByTheApp(page)).user, email);
  return page;
}

/**
 * The account of somebody who was invited: the link has proven the address.
 * @param {TestContext} test
 * @param {string} sub
 */
async function invited(test, sub) {
  const page = await somePage(test);
  const { email, given_name, family_name } = profile(sub);
  const { link } = await house.gate.api.accessLink('line4', { email });
  await page.goto(link);
  await send(page, { password, given_name, family_name });
  assert.equal((await seenByTheApp(page)).user, email);
  return page;
}

/**
 * @param {string} app
 * @param {string} sub
 */
async function userRow(app, sub) {
  return (await house.gate.api.users(app)).find(({ email }) => email === profile(sub).email);
}

/**
 * @param {Page} page
 * @param {string} app
 */
async function isOutside(page, app) {
  await page.goto(house.gate.url(app));
  await meets(page, 'sign-in');
}

describe('a person comes in by a provider', { concurrency: 3, timeout: 120_000 }, () => {
  const where = { line4: 'a name', root: 'an IP address', hmi: 'a path prefix' };
  const cast = ['ada', 'barbara', 'claude', 'donald', 'edsger', 'frances'];
  for (const [language, locale] of [['en', 'en-US'], ['de', 'de-DE']]) {
    for (const [app, how] of Object.entries(where)) {
      const sub = cast.shift() ?? '';
      it(`as a newcomer and again, at ${how}, in ${language}`, async (test) => {
        const page = await (await someone(test, { locale })).newPage();
        const url = `${house.gate.url(app)}/tank?no=4#/line/4`;
        await page.goto(url);
        await meets(page, 'sign-in');
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.match(await button(page, house.google).innerText(), language === 'de' ? /Google/ : /^Continue with Google$/);
        await continueWith(page, house.google, sub);
        assert.equal(page.url(), url, 'where the visitor wanted to go');
        assert.deepEqual(await seenByTheApp(page), { path: '/tank?no=4', user: profile(sub).email });
        const row = await userRow(app, sub);
        assert.equal(row?.name, profile(sub).name);

        await page.goto(`${house.gate.url(app)}/.millgate/sign-out`);
        await send(page, {});
        await page.goto(url);
        await meets(page, 'sign-in');
        // The provider knows them still: no page of its own this time.
        await landing(page, house.google, () => button(page, house.google).click());
        assert.equal((await seenByTheApp(page)).user, profile(sub).email);
        assert.equal((await userRow(app, sub))?.id, row?.id);
      });
    }
  }
});

describe('a provider and an account that is there already', { concurrency: 3, timeout: 120_000 }, () => {
  it('drops a password whose owner never proved the address', async (test) => {
    const squatter = await signedUp(test, 'grace');
    const page = await somePage(test);
    await page.goto(house.gate.url('line4'));
    await continueWith(page, house.google, 'grace');
    assert.equal((await seenByTheApp(page)).user, profile('grace').email);
    await isOutside(squatter, 'line4');
    await signIn(squatter, { ...profile('grace'), password });
    await squatter.getByRole('alert').waitFor();
  });

  it('asks once for a password whose owner did prove the address', async (test) => {
    await invited(test, 'hedy');
    const page = await somePage(test);
    await page.goto(`${house.gate.url('line4')}/tank`);
    await continueWith(page, house.google, 'hedy');
    await page.waitForURL((url) => url.pathname.endsWith('/.millgate/oidc/google/link'));
    await shot(page, 'oidc-link');
    await send(page, { password: 'not hers at all' });
    await page.getByRole('alert').waitFor();
    await send(page, { password });
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: profile('hedy').email });
    // From now on the provider is enough.
    const again = await somePage(test);
    await again.goto(house.gate.url('line4'));
    await continueWith(again, house.google, 'hedy');
    assert.equal((await seenByTheApp(again)).user, profile('hedy').email);
  });

  it('never joins two providers by an address alone', async (test) => {
    const first = await somePage(test);
    await first.goto(house.gate.url('line4'));
    await continueWith(first, house.google, 'ivan');
    const page = await somePage(test);
    await page.goto(house.gate.url('line4'));
    const answer = await continueWith(page, house.works, 'ivan');
    assert.equal(answer.status(), 403);
    await shot(page, 'oidc-as-before');
    await isOutside(page, 'line4');
  });

  it('is linked in the account of an address that nobody proved only with its password', async (test) => {
    const page = await signedUp(test, 'tony');
    const account = `${house.gate.url('line4')}/.millgate/account`;
    await page.goto(account);
    await continueWith(page, house.google, 'tony');
    assert.ok(!page.url().startsWith(account), page.url());
    await shot(page, 'oidc-link-own');
    await send(page, { password });
    assert.ok(page.url().startsWith(account), page.url());
    assert.deepEqual((await userRow('line4', 'tony'))?.providers, ['google']);
  });

  it('is linked and unlinked in the account, two of them at once', async (test) => {
    const page = await invited(test, 'joan');
    const account = `${house.gate.url('line4')}/.millgate/account`;
    for (const provider of [house.google, house.works]) {
      await page.goto(account);
      await continueWith(page, provider, 'joan');
      assert.ok(page.url().startsWith(account), page.url());
    }
    await shot(page, 'account-linked');
    assert.deepEqual((await userRow('line4', 'joan'))?.providers?.toSorted(), ['google', 'works']);

    for (const provider of [house.google, house.works]) {
      const other = await somePage(test);
      await other.goto(house.gate.url('line4'));
      await continueWith(other, provider, 'joan');
      assert.equal((await seenByTheApp(other)).user, profile('joan').email);
    }

    await page.goto(account);
    const unlink = page.locator('form[action*="account/unlink"] button');
    assert.equal(await unlink.count(), 2);
    await Promise.all([page.waitForEvent('load'), unlink.first().click()]);
    assert.equal((await userRow('line4', 'joan'))?.providers?.length, 1);
  });
});

describe('who a provider may bring', { concurrency: 3, timeout: 120_000 }, () => {
  it('the invited address, and no other', async (test) => {
    const { link } = await house.gate.api.accessLink('club', { email: profile('ken').email });
    const stranger = await somePage(test);
    await stranger.goto(link);
    const refusal = await continueWith(stranger, house.google, 'linus');
    assert.equal(refusal.status(), 403);
    await shot(stranger, 'oidc-other-address');
    await isOutside(stranger, 'club');

    const page = await somePage(test);
    await page.goto(link);
    await continueWith(page, house.google, 'ken');
    assert.deepEqual(await seenByTheApp(page), { path: '/', user: profile('ken').email });
    assert.equal((await userRow('club', 'ken'))?.status, 'active');
  });

  it('tells the provider which address is invited', async (test) => {
    const { link } = await house.gate.api.accessLink('club', { email: profile('linus').email });
    const page = await somePage(test);
    await page.goto(link);
    await button(page, house.works).click();
    await page.getByRole('button', { name: 'linus' }).waitFor();
    assert.equal(await page.locator('#hint').textContent(), profile('linus').email);
  });

  it('nobody uninvited into an app by invitation only', async (test) => {
    const page = await somePage(test);
    await page.goto(house.gate.url('club'));
    assert.equal((await continueWith(page, house.google, 'margaret')).status(), 403);
    await shot(page, 'oidc-not-invited');
    await isOutside(page, 'club');
  });

  it('people of one Google Workspace only', async (test) => {
    const page = await somePage(test);
    await page.goto(house.gate.url('staff'));
    assert.equal(await button(page, house.works).count(), 0, 'the app has chosen its providers');
    await continueWith(page, house.google, 'worker');
    assert.equal((await seenByTheApp(page)).user, 'worker@plant.example');
    assert.ok(house.google.asked.some((params) => params.get('hd') === 'plant.example'));

    // Whoever takes `hd` out of the address gets a page, and no session.
    house.google.front.rewrite = (path) => path.replace(/&hd=[^&]*/, '');
    test.after(() => { house.google.front.rewrite = (path) => path; });
    const sly = await somePage(test);
    await sly.goto(house.gate.url('staff'));
    const answer = await continueWith(sly, house.google, 'niklaus');
    assert.equal(answer.status(), 403);
    assert.match(await sly.locator('main').innerText(), /plant\.example/);
    await shot(sly, 'oidc-other-organization');
    await isOutside(sly, 'staff');
  });

  it('addresses of the domains that may sign up', async (test) => {
    const page = await somePage(test);
    await page.goto(house.gate.url('near'));
    assert.equal((await continueWith(page, house.works, 'niklaus')).status(), 403);
    assert.match(await page.locator('main').innerText(), /plant\.example/);
    await isOutside(page, 'near');
  });

  for (const sub of ['unproven', 'nameless']) {
    it(`no newcomer whose address is not verified: ${sub}`, async (test) => {
      const page = await somePage(test);
      await page.goto(house.gate.url('line4'));
      assert.equal((await continueWith(page, house.google, sub)).status(), 403);
      await shot(page, `oidc-${sub}`);
      await isOutside(page, 'line4');
    });
  }

  it('newcomers who wait until they are approved, and then by itself', async (test) => {
    const page = await somePage(test);
    await page.goto(`${house.gate.url('queue')}/tank`);
    const answer = await continueWith(page, house.google, 'ole');
    assert.equal(answer.status(), 403);
    await shot(page, 'oidc-waiting');
    assert.equal((await userRow('queue', 'ole'))?.status, 'waiting');
    await house.gate.api.approve('queue', profile('ole').email);
    await page.locator('#user').waitFor();
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: profile('ole').email });
  });

  it('nobody into an app that offers none', async (test) => {
    const page = await somePage(test);
    await page.goto(house.gate.url('local'));
    assert.equal(await page.locator('[data-provider]').count(), 0);
    assert.equal((await page.goto(`${house.gate.url('local')}/.millgate/oidc/google`))?.status(), 404);
  });
});

describe('a browser full of tabs and history', { concurrency: 3, timeout: 120_000 }, () => {
  it('brings ten tabs each to their own page', async (test) => {
    const context = await someone(test);
    const urls = Array.from({ length: 10 }, (_, number) => `${house.gate.url('line4')}/tab/${number}#/line/${number}`);
    const tabs = await Promise.all(urls.map(async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      await button(page, house.works).click();
      await page.getByRole('button', { name: 'peter' }).waitFor();
      return page;
    }));
    await Promise.all(tabs.map((page) => landing(page, house.works, () => page.getByRole('button', { name: 'peter' }).click())));
    assert.deepEqual(tabs.map((page) => page.url()), urls);
    for (const page of tabs) assert.equal((await seenByTheApp(page)).user, profile('peter').email);
  });

  it('survives the Back button and a callback that comes twice', async (test) => {
    const page = await somePage(test);
    /** @type {string[]} */
    const ours = [];
    page.on('request', (request) => { if (/\/oidc\/google\/(callback|return)\?/.test(request.url())) ours.push(request.url()); });
    await page.goto(`${house.gate.url('line4')}/tank`);
    await continueWith(page, house.google, 'quincy');
    assert.equal(ours.length, 2, 'callback and return');
    for (const url of [...ours]) {
      const answer = await page.goto(url);
      assert.equal(answer?.status(), 400, url);
      assert.notEqual((await page.locator('h1').innerText()).trim(), '');
    }
    await shot(page, 'oidc-lost');
    // By the callback, the app and the provider's page to where the sign-in page stood: nobody has to sign in there now.
    for (let steps = 0; steps < 4; steps += 1) await page.goBack();
    assert.deepEqual(await seenByTheApp(page), { path: '/tank', user: profile('quincy').email });
  });

  it('gives no session to another browser', async (test) => {
    const [page, other] = [await somePage(test), await somePage(test)];
    await page.goto(house.gate.url('line4'));
    await button(page, house.google).click();
    await page.getByRole('button', { name: 'radia' }).waitFor();
    // The first browser's way ends before the gate hears of it.
    let next = `${page.url()}?account=radia`;
    while (!next.includes('/oidc/google/callback')) next = await redirect(page, next);
    const answer = await other.goto(next);
    assert.equal(answer?.status(), 400);
    await shot(other, 'oidc-other-browser');
    await isOutside(other, 'line4');
  });

  it('is shown the way out of an in-app browser', async (test) => {
    const userAgent = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36';
    const page = await (await someone(test, { userAgent })).newPage();
    await page.goto(`${house.gate.url('line4')}/tank`);
    assert.equal(await page.locator('a[data-provider=google]').count(), 0);
    assert.match(await page.locator('main').innerText(), /open this page in your browser/i);
    assert.equal(await button(page, house.works).count(), 1, 'others let people in there');
    await shot(page, 'oidc-in-app');
  });

  it('comes back with a link when the person refuses', async (test) => {
    const page = await somePage(test);
    await page.goto(`${house.gate.url('line4')}/tank`);
    const answer = await continueWith(page, house.google, 'none');
    assert.equal(answer.status(), 400);
    await shot(page, 'oidc-declined');
    await Promise.all([page.waitForEvent('load'), page.locator('main a[href*="/.millgate/sign-in"]').click()]);
    await signInIsOffered(page);
  });
});

/**
 * Where this address of the provider sends the browser, asked with its cookies.
 * @param {Page} page
 * @param {string} url
 */
async function redirect(page, url) {
  const answer = await page.request.get(new URL(url, page.url()).href, { maxRedirects: 0 });
  assert.equal(answer.status(), 303, url);
  return new URL(answer.headers().location ?? '', answer.url()).href;
}

/** @param {Page} page */
async function signInIsOffered(page) {
  await meets(page, 'sign-in');
  assert.equal(await field(page, 'email').count(), 1);
  await eventually('a button for the provider', () => button(page, house.google).count());
}
