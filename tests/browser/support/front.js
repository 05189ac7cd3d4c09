// @ts-check
// Stands before a server at one lasting address: passes everything on, or nothing, or late, or something else.
import http from 'node:http';
import { freePort } from './net.js';

/** @typedef {(path: string, body: string) => string} Alter */

export class Front {
  /**
   * @param {number} port
   * @param {Alter} alter
   */
  constructor(port, alter) {
    this.url = `http://127.0.0.1:${port}`;
    this.port = port;
    this.alter = alter;
    /** Answers wait while this is set. */
    this.stalls = false;
    /** What is asked instead. @type {(path: string) => string} */
    this.rewrite = (path) => path;
    /** Paths that are answered 500. @type {Set<string>} */
    this.broken = new Set();
    /** @type {http.Server | undefined} */
    this.inner = undefined;
    this.outer = http.createServer((request, answer) => this.pass(request, answer));
  }

  /**
   * @param {Alter} alter
   */
  static async start(alter) {
    return new Front(await freePort(), alter);
  }

  /** @param {http.Server} inner */
  async stand(inner) {
    this.inner = inner;
    await listen(inner, 0);
    await this.online();
  }

  online() {
    return listen(this.outer, this.port);
  }

  /** From now on nobody takes the connection, as with the cable pulled. */
  offline() {
    return close(this.outer);
  }

  async stop() {
    await close(this.outer);
    if (this.inner) await close(this.inner);
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} answer
   */
  pass(request, answer) {
    if (this.stalls) return;
    const { pathname } = new URL(request.url ?? '/', this.url);
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.inner?.address());
    const { method, headers } = request;
    const path = this.rewrite(request.url ?? '/');
    const onward = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (back) => {
      let body = '';
      back.setEncoding('utf8').on('data', (part) => { body += part; });
      back.on('end', () => {
        const { 'content-length': _, 'transfer-encoding': __, ...kept } = back.headers;
        answer.writeHead(this.broken.has(pathname) ? 500 : back.statusCode ?? 502, kept);
        answer.end(back.statusCode === 200 ? this.alter(pathname, body) : body);
      });
    });
    onward.on('error', () => answer.destroy());
    request.pipe(onward);
  }
}

/**
 * @param {http.Server} server
 * @param {number} port
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
}

/** @param {http.Server} server */
function close(server) {
  return new Promise((resolve) => { server.close(() => resolve(undefined)); server.closeAllConnections(); });
}
