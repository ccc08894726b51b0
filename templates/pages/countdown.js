// How long a hold still lasts, told every second; the sentence of the server is the same without it.

for (const place of document.querySelectorAll('.countdown[data-until]')) {
  const until = Number(place.dataset.until)
  const two = number => String(number).padStart(2, '0')
  const tell = () => {
    const left = Math.ceil((until - Date.now()) / 1000)
    if (left <= 0) {
      clearInterval(timer)
      place.textContent = 'now: load the page again'
      return
    }
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60]
    place.textContent = 'in ' + (hours ? hours + ':' + two(minutes) : minutes) + ':' + two(seconds)
  }
  const timer = setInterval(tell, 1000)
  tell()
}
