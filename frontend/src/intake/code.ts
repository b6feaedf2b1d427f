/** A QR code as an image's address. Pure. In: the server's <svg>, as it stands inside HTML. Out: a data: address; as an
 *  image nothing in it can run. Called by MyCode.svelte. */
export function asImage(svg: string): string {
  const [, width = "", height = ""] = /<svg[^>]*?\bwidth="(\d+)"[^>]*?\bheight="(\d+)"/.exec(svg) ?? [];
  // Without a viewBox some browsers do not scale it; without a namespace it is no image.
  const box = width && !/viewBox/.test(svg) ? ` viewBox="0 0 ${width} ${height}"` : "";
  const named = /<svg[^>]*\bxmlns=/.test(svg) ? "" : ' xmlns="http://www.w3.org/2000/svg"';
  return `data:image/svg+xml,${encodeURIComponent(svg.replace("<svg", `<svg${named}${box}`))}`;
}
