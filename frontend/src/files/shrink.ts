/** A photo made smaller before it is sent: it saves a salesperson's data, and leaves what the camera wrote behind.
 *  In: what the camera gave. Out: a JPEG of at most 2,048 px, or the same file where this browser cannot make one
 *  (the server then does). Called by queue.svelte.ts. */
const LONGEST = 2048;
const QUALITY = 0.85;

export async function shrink(photo: Blob): Promise<Blob> {
  try {
    const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return (await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) ?? photo;
  } catch {
    return photo; // not a picture for this browser, or no such function: the server has the last word
  }
}
