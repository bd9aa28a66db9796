// The peer of the vote benchmark: Node's bare http and node-redis, doing what the voting service does for
// `PUT /v1/posts/{id}/vote`: the token (RS256, verified once, then cached), the request limit, the post's card, the same
// script with the same evidence, the same answer.
//
//   node vote.js PORT REDIS_PORT PUBLIC_KEY SCRIPT SECRET
//
// PUBLIC_KEY is a file with the SubjectPublicKeyInfo in DER, SCRIPT the vote's Lua script.
const { createHash, createHmac, createPublicKey, randomBytes, verify } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { createClient } = require('redis');

const [port, redisPort, keyFile, scriptFile, secret] = process.argv.slice(2);
const publicKey = createPublicKey({ key: readFileSync(keyFile), format: 'der', type: 'spki' });
const script = readFileSync(scriptFile, 'utf8');
const digest = createHash('sha1').update(script).digest('hex');
const redis = createClient({ url: `redis://127.0.0.1:${redisPort}` });

const caps = { free: 50, pro: 200, premium: 500 };
const quota = 1_000_000;
const windowLength = 60;
const policy = `"default";q=${quota};w=${windowLength}`;
const stretchSeconds = 864_000;

const voterPartitions = 8;
const postPartitions = 16;

// FNV-1a over the id's bytes, as partitions are chosen; remembered, because BigInt is slow.
function partition(id, count) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(id, 'hex')) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return Number((hash ^ (hash >> 32n)) % BigInt(count));
}
const tags = new Map();
function postTag(post) {
  let tag = tags.get(post);
  if (!tag) tags.set(post, (tag = `{p${String(partition(post, postPartitions)).padStart(2, '0')}}`));
  return tag;
}

const tokens = new Map();
function caller(header) {
  if (!header?.startsWith('Bearer ')) return null;
  const token = header.slice(7);
  let known = tokens.get(token);
  if (!known) {
    const [head, body, signature] = token.split('.');
    if (!signature || JSON.parse(Buffer.from(head, 'base64url')).alg !== 'RS256') return null;
    if (!verify('sha256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))) return null;
    known = JSON.parse(Buffer.from(body, 'base64url'));
    known.partition = partition(known.sub, voterPartitions);
    known.tag = `{u${String(known.partition).padStart(2, '0')}}`;
    tokens.set(token, known);
  }
  return known.exp > Date.now() / 1000 ? known : null;
}

const counts = new Map();
function count(person, seconds) {
  const current = Math.floor(seconds / windowLength);
  let entry = counts.get(person);
  if (!entry || entry.window !== current) counts.set(person, (entry = { window: current, own: 0 }));
  entry.own += 1;
  return { left: quota - entry.own, resetsIn: windowLength - (seconds % windowLength) };
}

// Numbers as the script has them: digits of base 64 from '0' on.
const digits = (n) => String.fromCharCode(48 + (n >> 12), 48 + ((n >> 6) & 63), 48 + (n & 63));
const number = (text) => [...text].reduce((n, digit) => n * 64 + digit.charCodeAt(0) - 48, 0);

const keyed = (text) => createHmac('sha256', secret).update(text).digest('hex').slice(0, 32);

async function run(keys, args) {
  try {
    return await redis.evalSha(digest, { keys, arguments: args });
  } catch (error) {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(script, { keys, arguments: args });
  }
}

// Cards are kept for a tenth of a second, as the service keeps them; one look-up serves all who wait for it.
const cards = new Map();
function findCard(post, now) {
  let entry = cards.get(post);
  if (!entry || entry.until < now) {
    if (cards.size >= 4096) cards.clear();
    const card = redis.hGetAll(`${postTag(post)}:votes:post:${post}`).then((fields) => {
      fields.total = 0;
      for (let row = 0; row < voterPartitions; row++) if (fields[`t${row}`]) fields.total += parseInt(fields[`t${row}`], 10);
      return fields;
    });
    cards.set(post, (entry = { card, until: now + 100 }));
  }
  return entry.card;
}

async function cast(post, voter, address) {
  const now = Date.now();
  const card = await findCard(post, now);
  if (!card.a || card.s !== 'everybody') return [404, { code: 'not-found' }];
  if (card.a === voter.sub) return [403, { code: 'own-post' }];
  const second = Math.floor(now / 1000);
  const day = Math.floor(second / 86_400);
  const stretch = Math.floor(day / 10);
  if (Math.floor(parseInt(post.slice(0, 8), 16) / stretchSeconds) !== stretch) return [501, { code: 'old-post' }];
  const { tag, sub } = voter;
  const cap = caps[voter.tier];
  const trace = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  const vote = [
    post + sub + card.a + digits(cap), now, voter.act * 1000, voter.sid, keyed(`address:${address}`),
    keyed(`device:${voter.did}`), card.c, trace,
  ].join(' ');
  const reply = await run(
    [`${tag}:votes:epoch4`, `${tag}:events:votes`, `${tag}:votes:blocks`, `${tag}:votes:pairs:${sub}:${stretch}`],
    [String(day), digits(second % 86_400), vote]);
  if (reply === 'rebuilding') return [503, { code: 'rebuilding' }];
  const [entry, tally, outcome = 'n', pair = `1:${entry}:`] = reply;
  if (outcome === 'b') return [404, { code: 'not-found' }];
  if (outcome === 'c') return [429, { code: 'vote-cap-reached' }];
  const used = number(tally.slice(0, 3));
  let total = card.total;
  const [kind, id] = pair.split(':');
  const reached = card[`t${voter.partition}`]?.split(':')[2] ?? '0-0';
  if (kind !== '0' && reached < id) total += 1;
  return [200, { postId: post, voteCount: total, voted: true, counted: outcome === 'n', votesLeftToday: cap - used }];
}

const route = /^\/v1\/posts\/([0-9a-f]{24})\/vote$/;
const server = createServer(async (request, response) => {
  const headers = {
    'Content-Type': 'application/json',
    'X-Request-Id': request.headers['x-request-id'] ?? randomBytes(8).toString('hex'),
  };
  let [status, value] = [404, { code: 'not-found' }];
  const match = request.method === 'PUT' && route.exec(request.url);
  if (match) {
    const voter = caller(request.headers.authorization);
    if (!voter) [status, value] = [401, { code: 'unauthenticated' }];
    else {
      const { left, resetsIn } = count(voter.sub, Math.floor(Date.now() / 1000));
      headers.RateLimit = `"default";r=${left};t=${resetsIn}`;
      headers['RateLimit-Policy'] = policy;
      const address = request.headers['x-forwarded-for']?.split(',').pop().trim() ?? request.socket.remoteAddress;
      try {
        [status, value] = left < 0 ? [429, { code: 'rate-limited' }] : await cast(match[1], voter, address);
      } catch (error) {
        [status, value] = [503, { code: 'unavailable', detail: error.message }];
      }
    }
  }
  const body = JSON.stringify(value);
  headers['Content-Length'] = Buffer.byteLength(body);
  response.writeHead(status, headers);
  response.end(body);
});
server.keepAliveTimeout = 60_000;
redis.connect().then(() => server.listen(Number(port), '127.0.0.1', () => console.log('listening')));
