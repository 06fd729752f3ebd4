/** Where the engine and the digits come from: text inside the page, or a file beside it. */
export type Source = { base64: string } | { url: string };

/** The bytes of a source, unpacked. */
export async function bytesOf(source: Source): Promise<Uint8Array<ArrayBuffer>> {
  const packed = "base64" in source ? decode(source.base64) : await fetched(source.url);
  return isGzip(packed) ? unpack(packed) : packed;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function fetched(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be read: the server answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A server may have unpacked a .gz file already, so the bytes are asked and not the name. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
