/** All pictures, in their order. */

import type { Session } from "../session";
import { lossPicture, scorePicture } from "./curves";
import { layersPicture } from "./layers";
import { outputsPicture } from "./outputs";
import { Picture } from "./picture";
import { profilePicture } from "./profile";
import { surfacePicture } from "./surface";

export function picturesOf(session: Session, redraw: () => void): { middle: Picture[]; right: Picture[] } {
  const picture = (subject: ConstructorParameters<typeof Picture>[0]) => new Picture(subject, session, redraw);
  return {
    middle: [
      picture(profilePicture(session)),
      picture(surfacePicture(session)),
      picture(outputsPicture(session)),
      picture(layersPicture(session, redraw)),
    ],
    right: [picture(lossPicture(session)), picture(scorePicture(session))],
  };
}
