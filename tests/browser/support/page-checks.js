// @ts-check
// What is true of every page of the gate, however it looks.
import assert from 'node:assert/strict';
import axe from 'axe-core';

/** @typedef {import('playwright-core').Page} Page */

/**
 * axe-core's complaints, one line each. It is evaluated by the browser's driver, so the page's own policy stays strict.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
async function axeViolations(page) {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { rules: { 'target-size': { enabled: true } } });
    return violations.map((/** @type {any} */ { id, help, nodes }) => ({ id, help, where: nodes.map((/** @type {any} */ node) => node.html) }));
  });
  return violations.map((/** @type {any} */ { id, help, where }) => `${id}: ${help}: ${where.join(' ')}`);
}

/**
 * @param {Page} page
 * @param {{locale: string, colorScheme: string, width: number}} look
 */
export async function checkPage(page, { locale, colorScheme, width }) {
  const facts = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title.trim(),
    headings: [...document.querySelectorAll('h1')].map((heading) => (heading.textContent ?? '').trim()),
    width: window.innerWidth,
    tooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    textColor: getComputedStyle(document.querySelector('h1') ?? document.body).color,
  }));
  assert.equal(facts.language.slice(0, 2), locale.slice(0, 2));
  assert.notEqual(facts.title, '');
  assert.equal(facts.headings.length, 1);
  assert.notEqual(facts.headings[0], '');
  assert.equal(facts.width, width, 'laid out for this screen');
  assert.equal(facts.tooWide, false, 'no horizontal scrolling');
  assert.equal(isLight(facts.textColor), colorScheme === 'dark', `${facts.textColor} is the text of a ${colorScheme} page`);
  assert.deepEqual(await axeViolations(page), []);
  return facts.headings[0] ?? '';
}

/**
 * @param {string} color as `getComputedStyle` gives it
 */
function isLight(color) {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  const scale = color.startsWith('rgb') ? 255 : 1;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / scale > 0.5;
}
