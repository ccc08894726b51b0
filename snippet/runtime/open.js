const start = () => {
