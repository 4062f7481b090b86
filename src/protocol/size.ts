/** @file A size as people write it: a whole number of bytes, or text such as 512M. */
import { z } from 'zod';

export const sizeSchema = z.union([
  z.int().min(1),
  z.string().regex(/^\s*\d+(\.\d+)?\s*([kmgt]i?b?|b)?\s*$/i),
]);
