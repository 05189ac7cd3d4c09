// @ts-check
// Starts the built binary with a config of the test's own, in a directory of its own.
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Api } from './api.js';
import { freePort, request } from './net.js';
import { Program, scratch } from './process.js';

/**
 * An `[[app]]` entry as the config file has it; `url` may be left out.
 * @typedef {object} AppEntry
 * @property {string} name
 * @property {string} upstream
 * @property {'public'|'master-password'|'signup'|'signup-and-master-password'|'invite-only'} access
 * @property {string} [url] default `http://{name}.localhost:{port}`
 * @property {string} [title]
 * @property {string} [master_password]
 * @property {boolean} [strip_prefix]
 * @property {'en'|'de'} [language]
 * @property {boolean} [approval]
 * @property {string[]} [sign_up_domains]
 * @property {boolean} [name_question]
 * @property {string[]} [providers] ids of `[[oidc]]`; all when left out
 * @property {string} [hosted_domain]
 * @property {boolean} [shared_sign_in]
 */

/**
 * What stands around the gate; all of it may be missing.
 * @typedef {object} Surroundings
 * @property {number} [port] known before, for a provider that has to know the gate's address
 * @property {object[]} [oidc] `[[oidc]]` entries
 * @property {object} [smtp]
 */

const API_KEY = 'mg_browser-tests-0123456789';

/**
 * The binary under test; `tests/run.sh` builds it and says where it is.
 * @returns {Promise<string>}
 */
export async function binary() {
  const file = process.env.MILLGATE_BIN;
  if (!file) throw new Error('MILLGATE_BIN names no binary: start the tests with tests/run.sh');
  await access(file);
  return file;
}

/** A running gate. */
export class Gate {
  /**
   * @param {Program} program
   * @param {number} port
   * @param {AppEntry[]} apps
   * @param {() => Promise<void>} remove
   */
  constructor(program, port, apps, remove) {
    this.program = program;
    this.port = port;
    this.apps = apps;
    this.remove = remove;
    this.api = new Api(`http://localhost:${port}`, API_KEY);
  }

  /**
   * The public address of an app, without a slash at its end.
   * @param {string} name
   * @returns {string}
   */
  url(name) {
    const app = this.apps.find((entry) => entry.name === name);
    if (!app?.url) throw new Error(`the gate has no app ${name}`);
    return app.url;
  }

  async stop() {
    await this.program.stop();
    await this.remove();
  }
}

/**
 * Starts a gate on a free loopback port. The apps get the port, so that their addresses can name it.
 * @param {AppEntry[] | ((port: number) => AppEntry[])} apps
 * @param {Surroundings} [surroundings]
 * @returns {Promise<Gate>}
 */
export async function startGate(apps, surroundings = {}) {
  const port = surroundings.port ?? await freePort();
  const entries = (typeof apps === 'function' ? apps(port) : apps)
    .map((app) => ({ url: `http://${app.name}.localhost:${port}`, ...app }));
  const { directory, remove } = await scratch('gate');
  const config = path.join(directory, 'millgate.toml');
  await writeFile(config, configText(port, entries, surroundings));
  const program = new Program('millgate', await binary(), ['--config', config, '--data', path.join(directory, 'data'), 'serve']);
  try {
    await program.until(async () => (await request(`http://localhost:${port}/.millgate/readyz`)).status === 200);
  } catch (error) {
    await program.stop();
    await remove();
    throw error;
  }
  return new Gate(program, port, entries, remove);
}

/**
 * @param {number} port
 * @param {AppEntry[]} apps
 * @param {Surroundings} surroundings
 */
function configText(port, apps, { oidc = [], smtp }) {
  return [
    table('[[listen]]', { address: `127.0.0.1:${port}` }),
    table('[console]', { url: `http://localhost:${port}` }),
    table('[[api_key]]', { name: 'browser-tests', scope: 'account', secret: API_KEY }),
    ...apps.map((app) => table('[[app]]', app)),
    ...oidc.map((provider) => table('[[oidc]]', provider)),
    ...(smtp ? [table('[smtp]', smtp)] : []),
  ].join('\n');
}

/**
 * A TOML table of strings, numbers, booleans and lists of them: JSON writes these as TOML does.
 * @param {string} head
 * @param {object} values
 */
function table(head, values) {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [head, ...lines, ''].join('\n');
}
