// @ts-check
// A real OpenID provider (oidc-provider), set up as Google behaves, behind a front that can be taken offline, slowed
// down and made to lie.
import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import OpenIdProvider, { interactionPolicy } from 'oidc-provider';
import { Front } from './front.js';

/**
 * An account at the provider, as its ID tokens tell of it.
 * @typedef {object} Account
 * @property {string} sub
 * @property {string} [email]
 * @property {boolean} [email_verified]
 * @property {string} [name]
 * @property {string} [given_name]
 * @property {string} [family_name]
 * @property {string} [hd] the Google Workspace domain that it belongs to
 */

/**
 * How an ID token is falsified: changed claims are signed again with the provider's own key.
 * @typedef {object} Lie
 * @property {(claims: Record<string, any>) => void} [claims]
 * @property {'none'|'foreign'|'shared-secret'} [signature]
 * @property {(document: Record<string, any>) => void} [discovery]
 */

const CLIENT = { client_id: 'millgate-tests', client_secret: 'a secret between provider and gate' };
const escape = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

/**
 * @param {object} options
 * @param {string} options.id as `[[oidc]]` names it
 * @param {string} options.redirectUri
 * @param {Account[]} options.accounts
 */
export async function startProvider({ id, redirectUri, accounts }) {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  /** @type {Lie} */
  const lie = {};
  const front = await Front.start((path, answer) => alter(lie, keys, path, answer));
  const provider = new OpenIdProvider(front.url, settings({ id, redirectUri, accounts, keys }));
  // Its complaints are what the tests cause on purpose.
  provider.on('server_error', (_context, error) => console.error(`provider ${id}:`, error));
  /** @type {URLSearchParams[]} */
  const asked = [];
  const inner = http.createServer((request, answer) => {
    const url = new URL(request.url ?? '/', front.url);
    if (url.pathname === '/auth') asked.push(url.searchParams);
    if (!url.pathname.startsWith('/interaction/')) return provider.callback()(request, answer);
    chooseAccount(provider, accounts, request, answer).catch((error) => {
      answer.statusCode = 400;
      answer.end(`<!doctype html><title>Gone</title><h1>Gone</h1><p>${escape(String(error.message))}`);
    });
  });
  await front.stand(inner);
  return {
    id,
    issuer: front.url,
    front,
    /** What the gate asked for on behalf of visitors, in order. */
    asked,
    entry: { id, title: id === 'google' ? 'Google' : `${id} ID`, issuer: front.url, ...CLIENT },
    /** @param {Lie} how */
    tell(how) {
      for (const key of /** @type {const} */ (['claims', 'signature', 'discovery'])) delete lie[key];
      Object.assign(lie, how);
    },
    stop: () => front.stop(),
  };
}

/** @typedef {Awaited<ReturnType<typeof startProvider>>} Provider */

/**
 * @param {{id: string, redirectUri: string, accounts: Account[], keys: import('node:crypto').KeyPairKeyObjectResult}} options
 * @returns {import('oidc-provider').Configuration}
 */
function settings({ id, redirectUri, accounts, keys }) {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return {
    clients: [{ ...CLIENT, redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: {
      openid: ['sub', 'hd'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
    },
    // As Google's do, ID tokens carry the claims themselves.
    conformIdTokenClaims: false,
    // A code lives on when a tab beside signs in again.
    expiresWithSession: () => false,
    pkce: { required: () => true },
    extraParams: ['hd'],
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_context, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [{ ...keys.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
    // All of them stand on one host: cookies know no ports.
    cookies: {
      keys: ['only for tests'],
      names: { session: `${id}_session`, interaction: `${id}_interaction`, resume: `${id}_resume` },
    },
    ttl: { Session: 3600, Interaction: 3600, Grant: 3600, AccessToken: 3600, IdToken: 3600, AuthorizationCode: 60 },
    findAccount: (_context, sub) => {
      const account = accounts.find((row) => row.sub === sub);
      return account && { accountId: sub, claims: () => ({ ...account }) };
    },
    // Nobody is asked twice: the choice of an account is the consent.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client?.clientId, accountId: context.oidc.session?.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

/**
 * The provider's own page: a button for each account, and one to refuse.
 * @param {OpenIdProvider} provider
 * @param {Account[]} accounts
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} answer
 */
async function chooseAccount(provider, accounts, request, answer) {
  const { params, prompt } = await provider.interactionDetails(request, answer);
  const chosen = new URL(request.url ?? '/', provider.issuer).searchParams.get('account');
  if (chosen === 'none') {
    return provider.interactionFinished(request, answer, { error: 'access_denied', error_description: 'refused' });
  }
  if (chosen) {
    return provider.interactionFinished(request, answer, {
      login: { accountId: chosen }, ...(prompt.name === 'select_account' ? { select_account: {} } : {}),
    });
  }
  const shown = accounts.filter(({ hd }) => !params.hd || params.hd === hd);
  answer.setHeader('content-type', 'text/html; charset=utf-8');
  answer.end(`<!doctype html><html lang="en"><title>Choose an account</title><link rel="icon" href="data:,">
    <h1>Choose an account</h1><p id="hint">${escape(String(params.login_hint ?? ''))}</p>
    <form>${[...shown.map(({ sub }) => sub), 'none'].map((sub) => `<p><button name="account" value="${sub}">${sub}</button>`).join('')}</form></html>`);
}

/**
 * @param {Lie} lie
 * @param {import('node:crypto').KeyPairKeyObjectResult} keys
 * @param {string} path
 * @param {string} answer
 */
function alter(lie, keys, path, answer) {
  if (path === '/.well-known/openid-configuration' && lie.discovery) {
    const document = JSON.parse(answer);
    lie.discovery(document);
    return JSON.stringify(document);
  }
  if (path !== '/token' || (!lie.claims && !lie.signature)) return answer;
  const tokens = JSON.parse(answer);
  if (tokens.id_token) tokens.id_token = falsified(lie, keys, tokens.id_token);
  return JSON.stringify(tokens);
}

/**
 * @param {Lie} lie
 * @param {import('node:crypto').KeyPairKeyObjectResult} keys
 * @param {string} token
 */
function falsified(lie, keys, token) {
  const [head, body] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  lie.claims?.(body);
  if (lie.signature === 'none') head.alg = 'none';
  if (lie.signature === 'shared-secret') head.alg = 'HS256';
  const signed = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${signature(lie, keys, signed)}`;
}

/**
 * @param {Lie} lie
 * @param {import('node:crypto').KeyPairKeyObjectResult} keys
 * @param {string} signed
 */
function signature(lie, keys, signed) {
  if (lie.signature === 'none') return '';
  if (lie.signature === 'shared-secret') {
    return createHmac('sha256', keys.publicKey.export({ type: 'spki', format: 'pem' })).update(signed).digest('base64url');
  }
  const key = lie.signature === 'foreign' ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : keys.privateKey;
  return createSign('sha256').update(signed).sign(key, 'base64url');
}

/**
 * @param {Partial<Account>} account
 * @returns {Account}
 */
export function account(account) {
  return { sub: randomUUID(), email_verified: true, ...account };
}
