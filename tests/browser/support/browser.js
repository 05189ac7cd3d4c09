// @ts-check
// Chromium as Debian ships it, driven by playwright-core: a fresh profile per run, a fresh context per visitor.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { scratch } from './process.js';

/**
 * @typedef {import('playwright-core').Browser} Browser
 * @typedef {import('playwright-core').BrowserContext} BrowserContext
 * @typedef {import('playwright-core').BrowserContextOptions} BrowserContextOptions
 * @typedef {import('playwright-core').Page} Page
 */

const program = {
  executablePath: process.env.MILLGATE_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
};

/** @returns {Promise<Browser>} */
export function launch() {
  return chromium.launch(program);
}

/**
 * A browser of its own whose owner has blocked all cookies: a setting of the profile, which a context cannot have.
 * @returns {Promise<BrowserContext>}
 */
export async function launchWithoutCookies() {
  const { directory, remove } = await scratch('chromium');
  await mkdir(path.join(directory, 'Default'));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(path.join(directory, 'Default', 'Preferences'), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(directory, { ...program, locale: 'en-US' });
  context.setDefaultTimeout(30_000);
  context.on('close', remove);
  return context;
}

/** What a page did that a page of the gate must never do. */
export class Watch {
  /** @param {BrowserContext} context */
  constructor(context) {
    /** @type {string[]} */
    this.complaints = [];
    /** @type {Set<string>} from where pages loaded something */
    this.hosts = new Set();
    /** @type {Set<string>} where the browser was led: another app of the workspace may know who is there */
    this.way = new Set();
    context.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol === 'data:' || protocol === 'blob:') return;
      (request.isNavigationRequest() ? this.way : this.hosts).add(host);
    });
    context.on('console', (message) => {
      // A document that is itself an error page is reported by Chromium, and is what was asked for.
      const ownStatus = message.text().startsWith('Failed to load resource: the server responded with a status of')
        && message.location().url === message.page()?.url().split('#')[0];
      if (['error', 'warning'].includes(message.type()) && !ownStatus) {
        this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => this.complaints.push(`script: ${error.error().message}`));
  }
}

/**
 * A visitor: a context with nothing in it, and a watch over everything that its pages do.
 * @param {Browser} browser
 * @param {BrowserContextOptions} [options]
 */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  context.setDefaultTimeout(30_000);
  return { context, watch: new Watch(context) };
}

/**
 * Leaves a picture for people to look at, when `MILLGATE_SHOTS` names a directory.
 * @param {Page} page
 * @param {string} name
 */
export async function shot(page, name) {
  const directory = process.env.MILLGATE_SHOTS;
  if (!directory) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true });
}
