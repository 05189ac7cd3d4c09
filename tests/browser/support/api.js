// @ts-check
// The gate's API as a program uses it: a key, JSON, and an error for every answer that is not 2xx.
import { request } from './net.js';

/**
 * @typedef {{id: string, username: string, email: string|null, name?: string, given_name?: string, family_name?: string, status: string, open_connections: number, providers?: string[]}} UserRow
 * @typedef {{id: string, user_id: string|null, email: string|null, device: string, kind: string, open_connections: number}} SessionRow
 * @typedef {{id: string, username: string, state: string, link: string, qr: string}} Invited
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
    let answer = await request(`${this.origin}/api/v1${path}`, { method, headers, body });
    while (answer.status === 429) {
      await new Promise((wake) => setTimeout(wake, Number(answer.headers['retry-after'] ?? 1) * 1000));
      answer = await request(`${this.origin}/api/v1${path}`, { method, headers, body });
    }
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

  /**
   * @param {string} app
   * @param {{email?: string, username?: string, given_name?: string, family_name?: string, language?: string}} person
   * @returns {Promise<Invited>}
   */
  async invite(app, person) {
    const { items, refused } = await this.call('POST', `/workspaces/default/apps/${app}/invites`, { invites: [person] });
    if (refused.length > 0) throw new Error(`not invited: ${JSON.stringify(refused)}`);
    return items[0];
  }

  /**
   * @param {string} app
   * @param {string} id
   */
  withdraw(app, id) {
    return this.call('DELETE', `/workspaces/default/apps/${app}/invites/${id}`);
  }

  /**
   * @param {string} app
   * @param {string} username
   * @returns {Promise<UserRow>}
   */
  async user(app, username) {
    const user = (await this.users(app)).find((row) => row.username === username);
    if (!user) throw new Error(`${app} has no user ${username}`);
    return user;
  }

  /**
   * A one-time link to a new password, as an administrator hands it over.
   * @param {string} app
   * @param {string} username
   * @returns {Promise<{link: string, qr: string}>}
   */
  async resetLink(app, username) {
    const { id } = await this.user(app, username);
    return this.call('POST', `/workspaces/default/apps/${app}/users/${id}/reset-link`);
  }

  /**
   * @param {string} app
   * @param {string} username
   */
  async approve(app, username) {
    const { id } = await this.user(app, username);
    return this.call('POST', `/workspaces/default/apps/${app}/users/${id}/approve`);
  }
}
