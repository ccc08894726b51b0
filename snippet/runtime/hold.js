// Made now and with who it is now, delivered when the person agrees. After a no it is not made at all.
const made = {id, data, occurred_at: new Date, ...identity, source: extra};
const deliver = () => {
  // + deliver
};
agreed ? deliver() : refused || held[199] || held.push(deliver);
