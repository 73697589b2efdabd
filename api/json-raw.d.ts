/** ECMAScript's JSON.parse source text access (stage 4), in V8 since Node 21 and not yet in TypeScript's library. */
interface JSON {
  rawJSON(text: string): { readonly rawJSON: string }
}
