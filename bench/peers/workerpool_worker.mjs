/** A worker of workerpool says itself what it offers. */

import workerpool from "workerpool";
import { square } from "./squares.mjs";

workerpool.worker({ square });
