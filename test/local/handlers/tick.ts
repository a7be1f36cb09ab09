export async function handler(event: object): Promise<void> {
  console.log(JSON.stringify({ tick: event }));
}
