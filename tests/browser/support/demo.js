// @ts-check
// `millgate demo` as somebody runs it who has just heard of Millgate: all they know is what it prints.
import { binary } from './gate.js';
import { freePort, request } from './net.js';
import { Program, scratch } from './process.js';

export const apps = /** @type {const} */ (['public', 'master', 'signup', 'both', 'invite']);

/** A running demo, and what can be read from its output. */
export class Demo {
  /**
   * @param {Program} program
   * @param {() => Promise<void>} remove
   */
  constructor(program, remove) {
    this.program = program;
    this.remove = remove;
  }

  /**
   * Its own port 8080 may be taken where tests run, so it gets another.
   * @param {number} [port]
   */
  static async start(port) {
    const { directory, remove } = await scratch('demo');
    const program = new Program('millgate demo', await binary(), ['demo', '--port', String(port ?? await freePort())], { cwd: directory });
    const demo = new Demo(program, remove);
    try {
      await program.until(async () => {
        const urls = apps.map((app) => demo.url(app));
        return (await request(`${urls[0]}/.millgate/readyz`)).status === 200;
      });
    } catch (error) {
      await demo.stop();
      throw error;
    }
    return demo;
  }

  async stop() {
    await this.program.stop();
    await this.remove();
  }

  /**
   * The one thing in the output that looks like this.
   * @param {string} what
   * @param {RegExp} pattern with one group
   * @returns {string}
   */
  printed(what, pattern) {
    // Colors are for people's eyes only.
    const found = pattern.exec(this.program.output.replaceAll(/\u001b\[[\d;]*m/g, ''))?.[1];
    if (!found) throw new Error(`the demo prints no ${what}:\n${this.program.output}`);
    return found;
  }

  /** @param {typeof apps[number]} app */
  url(app) {
    return this.printed(`address of ${app}`, new RegExp(`(http://${app}\\.localhost:\\d+)`));
  }

  inviteLink() {
    return this.printed('invite link', /(http:\/\/invite\.localhost:\d+\/\.millgate\/invite\/[\w-]+)/);
  }

  masterPassword() {
    return this.printed('master password', /password: (.+?)[ \t]*$/m);
  }

  apiKey() {
    return this.printed('API key', /(mg_[\w-]+)/);
  }

  console() {
    return this.printed('console address', /(http:\/\/localhost:\d+)/);
  }
}
