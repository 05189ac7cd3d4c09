// @ts-check
// Draws the README's picture from the real thing: `node tests/browser/picture.js`, with MILLGATE_BIN naming the binary.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launch, visitor } from './support/browser.js';
import { Demo } from './support/demo.js';
import { ada, meets, signUpFromSignIn } from './support/portal.js';
import { Streams } from './support/streams.js';

/** @typedef {import('./support/browser.js').Browser} Browser */
/** @typedef {{address: string, png: Buffer}} Window */

const file = path.join(import.meta.dirname, 'pictures', 'sign-in-and-app.png');
const window = { width: 740, height: 612 };
/** Sharp on dense screens, and still small. */
const deviceScaleFactor = 1.5;

/**
 * The two pages that a visitor of the demo sees first.
 * @param {Browser} browser
 * @param {Demo} demo
 * @returns {Promise<Window[]>}
 */
async function windows(browser, demo) {
  const { context } = await visitor(browser, { viewport: window, deviceScaleFactor, colorScheme: 'light' });
  const page = await context.newPage();
  const streams = new Streams(page);
  /** @returns {Promise<Window>} */
  const take = async () => ({ address: page.url(), png: await page.screenshot() });
  await page.goto(demo.url('signup'));
  await meets(page, 'sign-in');
  await page.locator('input[name=email]').fill(ada.email);
  const signIn = await take();
  await signUpFromSignIn(page);
  await streams.tick();
  return [signIn, await take()];
}

/** @param {Window} window */
function framed({ address, png }) {
  // What stands after the question mark only says where the visitor goes next.
  const { host, pathname } = new URL(address);
  return `<figure><figcaption>${host}${pathname}</figcaption>
    <img src="data:image/png;base64,${png.toString('base64')}" width="${window.width}" height="${window.height}"></figure>`;
}

/**
 * @param {Browser} browser
 * @param {Window[]} pages
 */
async function sideBySide(browser, pages) {
  const { context } = await visitor(browser, { viewport: { width: 3 * 24 + 2 * (window.width + 2), height: 100 }, deviceScaleFactor });
  const page = await context.newPage();
  await page.setContent(`<!doctype html><style>
    body { display: flex; justify-content: center; gap: 24px; margin: 0; padding: 24px; background: #dfe6e3; }
    figure { margin: 0; overflow: hidden; border: 1px solid #b9c5c1; border-radius: 10px; background: #fff; }
    figcaption { padding: 10px 16px; border-bottom: 1px solid #cfd8d5; color: #51605c; font: 15px system-ui, sans-serif; }
    img { display: block; }
  </style>${pages.map(framed).join('')}`);
  return page.locator('body').screenshot();
}

const browser = await launch();
try {
  const demo = await Demo.start(8080);
  try {
    const picture = await sideBySide(browser, await windows(browser, demo));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, picture);
    console.log(`${path.relative(process.cwd(), file)}: ${picture.length} bytes`);
  } finally {
    await demo.stop();
  }
} finally {
  await browser.close();
}
