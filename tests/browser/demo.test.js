// @ts-check
// The demo shows the product: each app opens with what it printed, and a switched mode bites while one watches.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Api } from './support/api.js';
import { launch, shot, visitor } from './support/browser.js';
import { apps, Demo } from './support/demo.js';
import { eventually } from './support/net.js';
import { ada, meets, send, signUpFromSignIn } from './support/portal.js';
import { Streams } from './support/streams.js';

describe('the demo', { timeout: 120_000 }, () => {
  /** @type {import('./support/browser.js').Browser} */
  let browser;
  /** @type {Demo} */
  let demo;
  /** @type {import('./support/browser.js').Page} */
  let page;
  before(async () => {
    browser = await launch();
    demo = await Demo.start();
  });
  beforeEach(async () => { page = await (await visitor(browser)).context.newPage(); });
  afterEach(() => page.context().close());
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  /**
   * The sample page greets this visitor and its two tickers run.
   * @param {string} name
   * @param {string | RegExp} user
   * @param {Streams} streams
   */
  async function samplePageIsAlive(name, user, streams) {
    await page.getByText(user).first().waitFor();
    await streams.tick();
    const [asked, told] = await Promise.all([claims('.millgate/me'), claims('X-User-Info')]);
    assert.deepEqual(asked, told, 'page and app hear the same');
    assert.equal(typeof told.sid, 'string');
    await shot(page, `demo-${name}`);
  }

  /**
   * What the sample page shows below this heading.
   * @param {string} heading
   */
  async function claims(heading) {
    const shown = page.locator('section', { has: page.getByRole('heading', { name: heading }) }).locator('pre');
    return JSON.parse(await shown.textContent() ?? '');
  }

  /** @type {Record<typeof apps[number], {user: string | RegExp, enter: () => Promise<unknown>}>} */
  const ways = {
    public: { user: /anon-[0-9a-z]{16}/, enter: async () => {} },
    master: {
      user: /anon-[0-9a-z]{16}/,
      enter: async () => {
        await meets(page, 'master-password');
        await send(page, { master_password: demo.masterPassword() });
      },
    },
    signup: { user: ada.email, enter: () => signUpFromSignIn(page) },
    both: {
      user: 'grace@plant.example',
      enter: () => signUpFromSignIn(page, Object.assign({}, ada, { email: 'grace@plant.example', master_password: demo.masterPassword() })),
    },
    invite: {
      user: /[\w.-]+@[\w.-]+/,
      enter: async () => {
        await meets(page, 'sign-in');
        await page.goto(demo.inviteLink());
        await send(page, { password: ada.password, given_name: 'Joan', family_name: 'Clarke' });
      },
    },
  };

  for (const app of apps) {
    it(`opens ${app} with what it printed`, async () => {
      const streams = new Streams(page);
      await page.goto(demo.url(app));
      await ways[app].enter();
      assert.equal(new URL(page.url()).origin, demo.url(app));
      await samplePageIsAlive(app, ways[app].user, streams);
    });
  }

  it('stops the tickers when the mode is switched', async () => {
    const streams = new Streams(page);
    const api = new Api(demo.console(), demo.apiKey());
    await page.goto(demo.url('public'));
    await samplePageIsAlive('before-switch', /anon-[0-9a-z]{16}/, streams);
    await api.patchApp('public', { access: 'invite-only' });
    await eventually('every stream of the page ends', () => streams.open() === 0, 2_000);
    const ticks = streams.ticks;
    await page.waitForTimeout(2_500);
    assert.equal(streams.ticks, ticks, 'nothing more arrives');
    await shot(page, 'demo-after-switch');
    await page.reload();
    await meets(page, 'sign-in');
    await api.patchApp('public', { access: 'public' });
    await page.goto(demo.url('public'));
    await samplePageIsAlive('after-return', /anon-[0-9a-z]{16}/, streams);
  });
});
