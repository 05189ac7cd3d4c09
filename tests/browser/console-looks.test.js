// @ts-check
// Every page of the console on a phone and on a wide screen, light and dark, in English and German; and by keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { memberOf, ownerOf, role, startPlant, userAt } from './support/console.js';
import { checkPage } from './support/page-checks.js';
import { person } from './support/people.js';

/** @typedef {import('./support/browser.js').Page} Page */

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {import('./support/console.js').Plant} */
let plant;
/** @type {import('./support/console.js').Cookies} */
let olga;
/** @type {Record<string, string>} what stands in paths as `{name}` */
const ids = {};
before(async () => {
  [browser, plant] = await Promise.all([launch(), startPlant()]);
  const { api } = plant.gate;
  olga = await ownerOf(browser, plant.gate);
  ids.role = await role(plant.gate, 'Shift lead', ['see-apps', 'see-users']);
  await memberOf(browser, plant.gate, 'Paul', { roles: [{ workspace: 'default', role: ids.role }] });
  await api.call('POST', '/members', { email: person('Nora').email, mail: false, roles: [] });
  await api.call('POST', '/keys', { name: 'Line controller', scope: 'app:default/line4' });
  for (const name of ['Ada', 'Bob']) await (await userAt(browser, plant.gate.url('line4'), name)).context.close();
  await api.invite('club', { email: 'grace@plant.example', given_name: 'Grace' });
  ids.user = (await api.user('line4', person('Ada').email)).id;
  ids.member = (await api.call('GET', '/members?q=paul')).items[0].id;
  ids.invite = (await api.call('GET', '/workspaces/default/apps/club/invites')).items[0].id;
  ids.key = (await api.call('GET', '/keys?q=controller')).items[0].id;
  await api.call('POST', '/workspaces', { name: 'packaging', title: 'Packaging hall' });
});
after(async () => {
  await browser?.close();
  await plant?.stop();
});

const pages = {
  'apps': '/w/default/apps',
  'apps-list': '/w/default/apps?view=list',
  'apps-empty': '/w/packaging/apps',
  'apps-none-found': '/w/default/apps?q=nothing-like-this',
  'app-new': '/w/default/apps/new',
  'app': '/w/default/apps/line4',
  'app-unreachable': '/w/default/apps/broken',
  'app-published': '/w/default/apps/line4/published',
  'app-qr': '/w/default/apps/line4/qr',
  'app-stop': '/w/default/apps/line4/run',
  'users': '/w/default/apps/line4/users',
  'users-empty': '/w/default/apps/tanks/users',
  'users-pending': '/w/default/apps/club/users?kind=pending',
  'users-devices': '/w/default/apps/board/users?kind=devices',
  'user': '/w/default/apps/line4/users/{user}',
  'user-delete': '/w/default/apps/line4/users/{user}/delete',
  'invites': '/w/default/apps/club/invites',
  'access': '/w/default/apps/line4/access',
  'settings': '/w/default/apps/line4/settings',
  'settings-copy': '/w/default/apps/line4/settings/copy',
  'settings-move': '/w/default/apps/line4/settings/move',
  'settings-delete': '/w/default/apps/line4/settings/delete',
  'workspace-members': '/w/default/members',
  'workspace-audit': '/w/default/audit',
  'workspace-settings': '/w/packaging/settings',
  'workspace-delete': '/w/packaging/settings/delete',
  'workspaces': '/account/workspaces',
  'workspace-new': '/account/workspaces/new',
  'members': '/account/members',
  'member-new': '/account/members/new',
  'member': '/account/members/{member}',
  'member-remove': '/account/members/{member}/remove',
  'roles': '/account/roles',
  'role': '/account/roles/{role}',
  'role-delete': '/account/roles/{role}/delete',
  'keys': '/account/keys',
  'key-new': '/account/keys/new',
  'audit': '/account/audit',
  'mail': '/account/mail',
  'profile': '/profile',
  'own-keys': '/profile/keys',
  'not-found': '/w/nowhere/apps',
};

const screens = {
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  wide: { viewport: { width: 1920, height: 1080 } },
};
const languages = { en: 'en-US', de: 'de-DE' };
/** @type {Record<string, Record<string, string>>} headings, by language and page */
const headings = { en: {}, de: {} };

/** Each page with every pair of screen, colors and language; all three together would be twice as much and show no more. */
function views() {
  return Object.entries(pages).flatMap(([name, path]) => [
    /** @type {const} */ ({ name, path, screen: 'phone', colorScheme: 'light', language: 'en' }),
    /** @type {const} */ ({ name, path, screen: 'phone', colorScheme: 'dark', language: 'de' }),
    /** @type {const} */ ({ name, path, screen: 'wide', colorScheme: 'light', language: 'de' }),
    /** @type {const} */ ({ name, path, screen: 'wide', colorScheme: 'dark', language: 'en' }),
  ]);
}

/** @param {string} path */
function filled(path) {
  return path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? name);
}

/**
 * What a finger must be able to hit: everything that looks like a control. Links within sentences are text.
 * @param {Page} page
 */
async function smallTargets(page) {
  return page.evaluate(() => {
    const controls = document.querySelectorAll('button, summary, select, input:not([type=hidden], [type=checkbox], [type=radio], [readonly]), a.button, nav a, label.tick, label.choice');
    return [...controls].flatMap((control) => {
      const { width, height } = control.getBoundingClientRect();
      const isSeen = control.checkVisibility({ checkVisibilityCSS: true }) && width > 1 && height > 1;
      return isSeen && height < 43.5 ? [`${Math.round(width)}×${Math.round(height)}: ${control.outerHTML.slice(0, 120)}`] : [];
    });
  });
}

describe('the pages of the console', { timeout: 1_800_000 }, () => {
  for (const { name, path, screen, colorScheme, language } of views()) {
    it(`${name} on a ${screen}, ${colorScheme}, ${language}`, async () => {
      const [device, locale] = [screens[screen], languages[language]];
      const { context, watch } = await visitor(browser, { ...device, colorScheme, locale, storageState: olga });
      try {
        const page = await context.newPage();
        const answer = await page.goto(`${plant.console}${filled(path)}`);
        assert.equal(answer?.status(), name === 'not-found' ? 404 : 200);
        await shot(page, `console-${name}-${screen}-${colorScheme}-${language}`);
        const heading = await checkPage(page, { locale, colorScheme, width: device.viewport.width });
        Object.assign(headings[language] ?? {}, { [name]: heading });
        assert.deepEqual(await smallTargets(page), [], 'targets of 44 px and more');
        assert.deepEqual([...watch.hosts], [new URL(plant.console).host], 'asks no other host');
        assert.deepEqual(watch.complaints, []);
      } finally {
        await context.close();
      }
    });
  }

  it('speaks German where it speaks English', () => {
    // A heading may be a name that somebody gave, or the same word.
    const named = /^(app.*|user.*|invites|access|settings|member|role|workspaces)$/;
    const same = Object.keys(pages).filter((name) => headings.en?.[name] && headings.de?.[name] === headings.en[name]);
    assert.deepEqual(same.filter((name) => !named.test(name)), []);
  });
});

describe('the keyboard', { timeout: 300_000 }, () => {
  for (const name of /** @type {const} */ (['apps', 'users', 'access', 'settings', 'members', 'role', 'profile'])) {
    it(`reaches everything on ${name}, in order, and shows where it is`, async () => {
      const { context } = await visitor(browser, { storageState: olga });
      try {
        const page = await context.newPage();
        await page.goto(`${plant.console}${filled(pages[name])}`);
        const wanted = await page.evaluate(() => {
          const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
          const seen = all.filter((element) => element.checkVisibility({ checkVisibilityCSS: true }) && !element.matches(':disabled') && element.getAttribute('tabindex') !== '-1');
          // Of a group of radio buttons, Tab reaches one.
          const groups = new Set();
          return seen.filter((element) => {
            if (element.getAttribute('type') !== 'radio') return true;
            const group = element.getAttribute('name');
            return groups.has(group) ? false : groups.add(group);
          }).length;
        });
        const places = new Set();
        let first = '';
        for (let presses = 0; presses < wanted + 10; presses += 1) {
          await page.keyboard.press('Tab');
          const at = await page.evaluate(() => {
            const element = document.activeElement;
            if (!element || element === document.body) return undefined;
            const marked = /** @type {any} */ (element);
            marked.place ??= `${Math.random()}`;
            // The ring may be drawn around what the control stands for: its label, its card.
            const around = [element, element.closest('label'), element.parentElement, element.closest('li, .card')];
            const styles = around.flatMap((each) => (each ? [getComputedStyle(each), getComputedStyle(each, '::after')] : []));
            const outlined = styles.some((style) => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none');
            return { place: marked.place, outlined, html: element.outerHTML.slice(0, 100) };
          });
          if (!at) continue;
          assert.ok(at.outlined, `the focus is not seen on ${at.html}`);
          first ||= at.html;
          places.add(at.place);
        }
        assert.match(first, /#main/, 'the first stop skips to the content');
        assert.ok(places.size >= wanted - 2, `${places.size} of ${wanted} are reached`);
      } finally {
        await context.close();
      }
    });
  }

  it('opens and closes menus and dialogs, and stays inside them', async () => {
    const { context } = await visitor(browser, { storageState: olga });
    try {
      const page = await context.newPage();
      await page.goto(`${plant.console}${filled(pages.user)}`);
      const link = page.locator('main a[href$="/delete"]').first();
      await link.focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      for (let presses = 0; presses < 8; presses += 1) {
        await page.keyboard.press('Tab');
        const isInside = await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog'));
        assert.ok(isInside, 'the focus leaves the dialog');
      }
      assert.ok(await dialog.getAttribute('aria-labelledby') || await dialog.getAttribute('aria-label'), 'a dialog has a name');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      assert.ok(await link.evaluate((element) => element === document.activeElement));
    } finally {
      await context.close();
    }
  });
});
