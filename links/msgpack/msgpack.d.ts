/** What MessagePack can hold. */
export type ValueType =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly ValueType[]
  | ValueMap;

/** A MessagePack map. */
export interface ValueMap {
  [index: string | number]: ValueType;
}

export declare function encode(object: ValueType): Uint8Array<ArrayBuffer>;
export declare function decode(data: Uint8Array): ValueType;
