import ipaddr from 'ipaddr.js';

/** Blocks that an administrator may open for an insurer on the government network. Nothing wider, nothing else. */
const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map((block) =>
  ipaddr.parseCIDR(block),
);

/** Never to be reached, whatever is allowed: where clouds tell a machine its secrets, beside all link-local ones. */
const metadata = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'];

/** The range in its canonical form; undefined when it is none that may be allowed. */
export function privateRange(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text);
  const inside = privateBlocks.some(
    ([block, blockBits]) => block.kind() === address.kind() && bits >= blockBits && address.match(block, blockBits),
  );
  return inside ? `${networkOf(text, address.kind())}/${bits}` : undefined;
}

const networkOf = (text: string, kind: string): string =>
  (kind === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)).toString();

/**
 * Whether a message may go to an address: public ones, and private ones in a range that was allowed. An IPv4 address is
 * the same in whichever IPv6 form it comes.
 */
export function mayReach(text: string, allowedRanges: readonly string[], loopback: boolean): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() === 'loopback') return loopback;
  if (metadata.includes(address.toString())) return false;
  if (address.range() === 'unicast') return address.kind() === 'ipv4' || isGlobal(address as ipaddr.IPv6);
  return allowedRanges.some((range) => privateRange(range) !== undefined && contains(range, address));
}

/** Of IPv6 only 2000::/3 is given out; what looks like unicast elsewhere carries an address of another kind. */
const isGlobal = (address: ipaddr.IPv6): boolean => (address.parts[0]! & 0xe000) === 0x2000;

function contains(range: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [network, bits] = ipaddr.parseCIDR(range);
  return network.kind() === address.kind() && address.match(network, bits);
}
