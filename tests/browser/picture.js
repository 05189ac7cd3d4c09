// @ts-check
// Draws the README's pictures from the real thing: `node tests/browser/picture.js`, with MILLGATE_BIN naming the binary.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Api } from './support/api.js';
import { launch, visitor } from './support/browser.js';
import { row } from './support/console.js';
import { Demo } from './support/demo.js';
import { eventually } from './support/net.js';
import { ada, meets, send, signIn, signUpFromSignIn } from './support/portal.js';
import { Streams } from './support/streams.js';

/** @typedef {import('./support/browser.js').Browser} Browser */
/** @typedef {import('./support/browser.js').Page} Page */
/** @typedef {import('playwright-core').BrowserContextOptions} Options */
/** @typedef {import('./support/portal.js').Person} Person */
/** @typedef {{address: string, png: Buffer, width: number, height: number}} Window */

const pictures = path.join(import.meta.dirname, 'pictures');
// Each picture is wider than a README is read, which keeps it sharp, and small.
const visitors = { width: 740, height: 660 };
const members = { width: 1200, height: 824 };
const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

/**
 * @param {string} given_name
 * @param {string} family_name
 * @returns {Person}
 */
const named = (given_name, family_name) => ({ ...ada, email: `${given_name.toLowerCase()}@plant.example`, given_name, family_name });

/**
 * @param {Page} page
 * @returns {Promise<Window>}
 */
async function taken(page) {
  const size = page.viewportSize() ?? visitors;
  return { ...size, address: page.url(), png: await page.screenshot() };
}

/**
 * The two pages that a visitor of the demo sees first.
 * @param {Browser} browser
 * @param {Demo} demo
 * @returns {Promise<Window[]>}
 */
async function entering(browser, demo) {
  const { context } = await visitor(browser, { viewport: visitors, colorScheme: 'light' });
  const page = await context.newPage();
  const streams = new Streams(page);
  await page.goto(demo.url('signup'));
  await meets(page, 'sign-in');
  await page.locator('input[name=email]').fill(ada.email);
  const asked = await taken(page);
  await signUpFromSignIn(page);
  await streams.tick();
  return [asked, await taken(page)];
}

/**
 * Somebody in front of the app, with its streams open; the page stays.
 * @param {Browser} browser
 * @param {Demo} demo
 * @param {(page: Page) => Promise<unknown>} enter
 * @param {Options} [options]
 */
async function inside(browser, demo, enter, options) {
  const { context } = await visitor(browser, options);
  const page = await context.newPage();
  const streams = new Streams(page);
  await page.goto(demo.url('signup'));
  await meets(page, 'sign-in');
  await enter(page);
  await streams.tick();
}

/**
 * The console's table of users while they use the app: Ada, whose pages are open already, is there twice.
 * @param {Browser} browser
 * @param {Demo} demo
 * @returns {Promise<Window>}
 */
async function watching(browser, demo) {
  for (const who of [named('Grace', 'Hopper'), named('Mary', 'Jackson')]) {
    await inside(browser, demo, (page) => signUpFromSignIn(page, who));
  }
  await inside(browser, demo, (page) => signIn(page), { userAgent: phone });
  const api = new Api(demo.console(), demo.apiKey());
  await api.call('POST', '/workspaces/default/apps/signup/users', { username: '4711', given_name: 'Eva', family_name: 'Krüger', invite: true });
  const { context } = await visitor(browser, { viewport: members, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${demo.console()}/w/default/apps/signup/users`);
  await send(page, { email: 'owner@example.com', password: 'open the gate' });
  const hers = row(page, ada.email);
  await hers.locator('button[aria-expanded]').click();
  await page.locator('main a[href*="/sessions/"][href$="/end"]').first().waitFor();
  await eventually('her two devices and their connections', async () => /\b4\b/.test(await hers.innerText()));
  await page.mouse.move(0, 0);
  return taken(page);
}

/** @param {Window} window */
function framed({ address, png, width, height }) {
  // What stands after the question mark only says where the visitor goes next.
  const { host, pathname } = new URL(address);
  return `<figure><figcaption>${host}${pathname}</figcaption>
    <img src="data:image/png;base64,${png.toString('base64')}" width="${width}" height="${height}"></figure>`;
}

/**
 * Draws these windows side by side.
 * @param {Browser} browser
 * @param {string} name
 * @param {Window[]} windows
 */
async function draw(browser, name, windows) {
  const width = windows.reduce((sum, window) => sum + window.width + 2 + 24, 24);
  const { context } = await visitor(browser, { viewport: { width, height: 100 } });
  const page = await context.newPage();
  await page.setContent(`<!doctype html><style>
    body { display: flex; justify-content: center; gap: 24px; margin: 0; padding: 24px; background: #dfe6e3; }
    figure { margin: 0; overflow: hidden; border: 1px solid #b9c5c1; border-radius: 10px; background: #fff; }
    figcaption { padding: 10px 16px; border-bottom: 1px solid #cfd8d5; color: #51605c; font: 15px system-ui, sans-serif; }
    img { display: block; }
  </style>${windows.map(framed).join('')}`);
  const picture = await page.locator('body').screenshot();
  const file = path.join(pictures, `${name}.png`);
  await mkdir(pictures, { recursive: true });
  await writeFile(file, picture);
  console.log(`${path.relative(process.cwd(), file)}: ${picture.length} bytes`);
}

const browser = await launch();
try {
  const demo = await Demo.start(8080);
  try {
    await draw(browser, 'sign-in-and-app', await entering(browser, demo));
    await draw(browser, 'console-users', [await watching(browser, demo)]);
  } finally {
    await demo.stop();
  }
} finally {
  await browser.close();
}
