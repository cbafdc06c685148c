// An adapter of `oidc-provider` that keeps everything in memory: its own keeps a thousand entries and forgets the oldest, which ends
// refresh families under load, and walks all tokens of a grant at each refresh. This one does less and forgets nothing.

const kept = new Map();
const grants = new Map();

export class MemoryAdapter {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    const key = this.#key(id);
    kept.set(key, payload);
    if (payload.grantId && this.model !== 'Session') {
      if (!grants.has(payload.grantId)) grants.set(payload.grantId, new Set());
      grants.get(payload.grantId).add(key);
    }
  }

  async find(id) {
    return kept.get(this.#key(id));
  }

  async findByUid() {
    return undefined;
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    kept.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) kept.delete(key);
    grants.delete(grantId);
  }
}
