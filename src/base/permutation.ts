/**
 * @file The numbers 0 to n-1 in a drawn order: point by point, for any n, or all of them at once.
 *
 * Point by point is by J. Black and P. Rogaway, "Ciphers with Arbitrary Finite Domains" (CT-RSA
 * 2002): a number is written as two digits (left, right) of base `side`, the smallest with side^2 >= n,
 * and goes through a Feistel network, each round of which is (left, right) -> (right, left +
 * F(right) mod side) and so can be undone: the network is a bijection of side^2 numbers. Where it
 * leads out of the n, it is applied again until it leads back in (cycle walking), which makes it one
 * of n numbers. Memory: none that grows. Time: 8 hashes, 0.2 us, for each of side^2 / n
 * applications on average.
 *
 * Known weak points: 8 rounds are chosen by statistics (permutation.test.ts; 4 fail them, 6 pass), not
 * for secrets. Below 256 numbers the network is one of 256, since small ones reach too few orders: up
 * to 256/n applications a point. At n = side^2 with an odd side it reaches only half of the n! orders.
 */
import { stream } from './random.ts';

const ROUNDS = 8;
const SMALLEST_SIDE = 16;
/** Side^2 must be exact in a double, and a round's input fit the 32 bits of a counter. */
const MOST = 2 ** 52;

/** The i-th number (i from 0 to n-1) of the order that the keys choose, computed on its own. */
export function permutationAt(n: number, ...keys: readonly number[]): (i: number) => number {
  if (!Number.isSafeInteger(n) || n < 0 || n > MOST)
    throw new Error(`internal: a permutation of ${n} numbers`);
  const side = Math.max(SMALLEST_SIDE, Math.ceil(Math.sqrt(n)));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => stream(...keys, round));
  const network = (number: number): number => {
    let left = Math.floor(number / side);
    let right = number % side;
    for (const draw of rounds) {
      const sum = left + Math.floor((draw(right) / 2 ** 32) * side); // bias below side / 2^32
      left = right;
      right = sum < side ? sum : sum - side;
    }
    return left * side + right;
  };
  return (i) => {
    if (!(i >= 0 && i < n)) throw new Error(`internal: number ${i} of ${n} in a permutation`);
    let number = network(i);
    while (number >= n) number = network(number);
    return number;
  };
}

/** All n numbers in an order that the keys choose, another than permutationAt's: by Fisher and Yates. */
export function permutation(n: number, ...keys: readonly number[]): Uint32Array {
  const draw = stream(...keys);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor((draw(i) / 2 ** 32) * (i + 1)); // bias below n / 2^32
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
