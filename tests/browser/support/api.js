// @ts-check
// The gate's API as a program uses it: a key, JSON, and an error for every answer that is not 2xx.
import { request } from './net.js';

/**
 * @typedef {{id: string, email: string, name?: string, given_name?: string, family_name?: string, status: string, open_connections: number}} UserRow
 * @typedef {{id: string, user_id: string|null, email: string|null, device: string, kind: string, open_connections: number}} SessionRow
 * @typedef {{link: string, user_status: string, registration_status: string, password_setup_required: boolean}} AccessLink
 */

export class Api {
  /**
   * @param {string} origin
   * @param {string} key
   */
  constructor(origin, key) {
    this.origin = origin;
    this.key = key;
  }

  /**
   * @param {string} method
   * @param {string} path below `/api/v1`
   * @param {object} [value]
   * @returns {Promise<any>}
   */
  async call(method, path, value) {
    /** @type {Record<string, string>} */
    const headers = { authorization: `Bearer ${this.key}`, accept: 'application/json' };
    const body = value === undefined ? undefined : JSON.stringify(value);
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const answer = await request(`${this.origin}/api/v1${path}`, { method, headers, body });
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text ? JSON.parse(answer.text) : undefined;
  }

  /**
   * @param {string} app
   * @returns {Promise<UserRow[]>}
   */
  async users(app) {
    return (await this.call('GET', `/workspaces/default/apps/${app}/users`)).items;
  }

  /**
   * @param {string} app
   * @returns {Promise<SessionRow[]>}
   */
  async sessions(app) {
    return (await this.call('GET', `/workspaces/default/apps/${app}/sessions`)).items;
  }

  /**
   * Ends a user's registration with an app, found by address.
   * @param {string} app
   * @param {string} email
   */
  async deleteUser(app, email) {
    const user = (await this.users(app)).find((row) => row.email === email);
    if (!user) throw new Error(`${app} has no user ${email}`);
    await this.call('DELETE', `/workspaces/default/apps/${app}/users/${user.id}`);
  }

  /**
   * @param {string} app
   * @param {object} change
   */
  patchApp(app, change) {
    return this.call('PATCH', `/workspaces/default/apps/${app}`, change);
  }

  /**
   * @param {string} app
   * @param {{email: string, given_name?: string, family_name?: string}} person
   * @returns {Promise<AccessLink>}
   */
  accessLink(app, person) {
    return this.call('POST', `/workspaces/default/apps/${app}/access-links`, person);
  }
}
