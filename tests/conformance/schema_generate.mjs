// SPDX-License-Identifier: MIT
// Schemas and instances for the differential run: the same seed gives the same pairs.

// A small generator of 32-bit numbers (mulberry32).
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const keys = ['a', 'b', 'c', 'ab', 'x1'];
const texts = ['', 'a', 'b', 'ab', 'abc', 'foo', 'é', '😀😀', '1', 'x1'];
const numbers = [-2, -1, 0, 1, 2, 3, 4, 5, 6, 10, 0.5, 1.5, 2.5, -0.5, 0.1, 0.3, 1.1, 100, 1e10];
// What a judge is known to misjudge is left out, and is a vector with a verdict instead, in
// tests/vectors/schema.json: 0.1 among the divisors (multiple_of_negative_fraction), siblings of
// $ref in draft-07 (ref_siblings_are_ignored_in_draft_07).
const divisors = [1, 2, 3, 0.5, 0.25, 1.5, 10];
const patterns = ['^a', 'b$', '^[a-c]+$', '\\d', '^.{1,2}$', '^x\\w', '^\\p{L}+$', 'o{2}', '^$', 'a|1', '[^a]'];
const types = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

// Makes the values of one draft. `modern` is 2020-12, else draft-07.
export class Generator {
  constructor(seed, modern) {
    this.next = random(seed);
    this.modern = modern;
  }

  upTo(count) { return Math.floor(this.next() * count); }
  chance(part) { return this.next() < part; }
  pick(list) { return list[this.upTo(list.length)]; }
  some(list, most) { return [...new Set(Array.from({ length: this.upTo(most) + 1 }, () => this.pick(list)))]; }

  value(depth = 3) {
    const kind = this.upTo(depth > 0 ? 10 : 6);
    if (kind === 0) return this.pick([null, true, false]);
    if (kind <= 3) return this.pick(numbers);
    if (kind <= 5) return this.pick(texts);
    const size = this.upTo(5);
    if (kind <= 7) return Array.from({ length: size }, () => this.value(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [this.pick(keys), this.value(depth - 1)]));
  }

  // `below`: inside another value than that of the schema a loop would start from.
  schema(depth, below = false) {
    if (depth <= 0 || this.chance(0.08)) return this.leaf(below);
    const schema = {};
    for (let i = this.upTo(3) + 1; i > 0; i--) this.pick(this.keywords)(schema, depth - 1, below);
    return this.tidy(schema);
  }

  tidy(schema) { return this.modern || !('$ref' in schema) ? schema : { $ref: schema.$ref }; }

  leaf(below) {
    if (this.chance(0.15)) return this.chance(0.6);
    const schema = {};
    this.pick(this.assertions)(schema);
    if (this.chance(0.2)) this.pick(this.references)(schema, 0, below);
    return this.tidy(schema);
  }

  assertions = [
    s => { s.type = this.chance(0.7) ? this.pick(types) : this.some(types, 3); },
    s => { s.type = this.pick(types); },
    s => { s.const = this.value(1); },
    s => { s.enum = [...new Map(Array.from({ length: this.upTo(4) + 1 }, () => this.value(1)).map(v => [JSON.stringify(v), v])).values()]; },
    s => { s[this.pick(['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum'])] = this.pick(numbers); },
    s => { s.multipleOf = this.pick(divisors); },
    s => { s[this.pick(['maxLength', 'minLength'])] = this.upTo(4); },
    s => { s.pattern = this.pick(patterns); },
    s => { s[this.pick(['maxItems', 'minItems', 'maxProperties', 'minProperties'])] = this.upTo(4); },
    s => { s.uniqueItems = this.chance(0.8); },
    s => { s.required = this.some(keys, 2); },
  ];

  list(depth, below) { return Array.from({ length: this.upTo(3) + 1 }, () => this.schema(depth, below)); }
  map(depth, names, below) { return Object.fromEntries(this.some(names, 3).map(key => [key, this.schema(depth, below)])); }
  get forwards() { return this.names.slice(this.level + 1); }

  // A reference either leads forward among the definitions, or stands below, where loops end.
  references = [
    (s, depth, below) => {
      const target = below ? this.pick(['', ...this.names]) : this.pick(this.forwards);
      if (target !== undefined) s.$ref = target === '' ? '#' : this.reference(target);
    },
    (s, depth, below) => { if (this.modern && below) s.$dynamicRef = this.pick(['#node', '#node', '#other']); },
  ];

  reference(name) {
    const place = `#/${this.modern ? '$defs' : 'definitions'}/${name}`;
    const anchor = this.anchored.includes(name) ? [`#at-${name}`] : [];
    const forms = [place, place, ...anchor];
    return this.inside ? `${this.base}${this.pick(forms)}` : this.pick([...forms, `${this.base}${place}`]);
  }

  applicators = [
    (s, d) => { s.properties = this.map(d, keys, true); },
    (s, d) => { s.properties = this.map(d, keys, true); },
    (s, d) => { s.patternProperties = this.map(d, patterns, true); },
    (s, d) => { s.additionalProperties = this.schema(d, true); },
    (s, d) => { s.propertyNames = this.pick([{ pattern: this.pick(patterns) }, { maxLength: this.upTo(3) }, { enum: this.some(keys, 4) }, this.schema(Math.min(d, 1), true)]); },
    (s, d) => { s.items = this.schema(d, true); },
    (s, d) => { if (this.modern) s.prefixItems = this.list(d, true); else { s.items = this.list(d, true); s.additionalItems = this.schema(d, true); } },
    (s, d) => {
      s.contains = this.schema(d, true);
      if (this.modern && this.chance(0.4)) s.minContains = this.upTo(3);
      if (this.modern && this.chance(0.4)) s.maxContains = this.upTo(3);
    },
    (s, d, below) => { s[this.pick(['allOf', 'anyOf', 'oneOf'])] = this.list(d, below); },
    (s, d, below) => { s[this.pick(['allOf', 'anyOf', 'oneOf'])] = this.list(d, below); },
    (s, d, below) => { s.not = this.schema(d, below); },
    (s, d, below) => {
      s.if = this.schema(d, below);
      if (this.chance(0.8)) s.then = this.schema(d, below);
      if (this.chance(0.6)) s.else = this.schema(d, below);
    },
    (s, d, below) => {
      if (this.modern) s.dependentSchemas = this.map(d, keys, below);
      else s.dependencies = Object.fromEntries(this.some(keys, 2).map(key => [key, this.chance(0.4) ? this.some(keys, 2) : this.schema(d, below)]));
    },
    s => { if (this.modern) s.dependentRequired = Object.fromEntries(this.some(keys, 2).map(key => [key, this.some(keys, 2)])); },
  ];

  unevaluated = [
    (s, d) => { if (this.modern) s.unevaluatedProperties = this.chance(0.6) ? false : this.schema(d, true); },
    (s, d) => { if (this.modern) s.unevaluatedItems = this.chance(0.6) ? false : this.schema(d, true); },
  ];

  get keywords() {
    return [...this.assertions, ...this.applicators, ...this.applicators, ...this.unevaluated, ...this.unevaluated, ...this.references, ...this.references];
  }

  // A document with definitions to refer to: plain, by anchor, and, one of them, a resource of its own.
  document(number) {
    this.names = ['d0', 'd1', 'd2'];
    this.base = `https://differential.example/${this.modern ? 'new' : 'old'}/${number}`;
    const own = this.chance(0.5) ? 2 : 3; // the definition with an identifier of its own, or none
    this.anchored = this.names.filter((name, level) => level !== own);
    this.level = -1;
    this.inside = false;
    const drawn = this.schema(3);
    if (typeof drawn === 'boolean') return drawn;
    const root = !this.modern && '$ref' in drawn ? { allOf: [drawn] } : drawn;
    const definitions = {};
    this.names.forEach((name, level) => {
      this.level = level;
      this.inside = level === own;
      const schema = this.schema(2);
      definitions[name] = typeof schema === 'boolean' || (!this.modern && '$ref' in schema) ? { anyOf: [schema] } : schema;
      if (this.inside) definitions[name].$id = `${this.base}/inner`;
      else definitions[name][this.modern ? '$anchor' : '$id'] = this.modern ? `at-${name}` : `#at-${name}`;
    });
    if (this.modern) this.anchorDynamically(root, definitions);
    root.$id = this.base;
    root[this.modern ? '$defs' : 'definitions'] = definitions;
    return root;
  }

  anchorDynamically(root, definitions) {
    const places = [root, ...Object.values(definitions)];
    const resources = new Map();
    for (const anchor of ['node', 'other']) {
      // Every resource has both names, so that a reference by them always starts somewhere.
      const own = places.filter(place => place.$id === undefined);
      resources.set(anchor, this.pick(own));
    }
    if (resources.get('node') === resources.get('other')) resources.set('other', root === resources.get('node') ? definitions.d0 : root);
    resources.get('node').$dynamicAnchor = 'node';
    resources.get('other').$dynamicAnchor = 'other';
    const inner = Object.values(definitions).find(place => place.$id !== undefined);
    if (inner) inner.$defs = { n: { $dynamicAnchor: 'node', ...this.ending() }, o: { $dynamicAnchor: 'other', ...this.ending() } };
  }

  ending() { const schema = {}; this.pick(this.assertions)(schema); return schema; }
}
