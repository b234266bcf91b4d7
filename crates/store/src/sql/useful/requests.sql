SELECT date(timestamp) AS day, count(*) AS requests, sum(status IS NOT 200) AS not_answered, sum(rows) AS rows,
       round(sum(bytes) / 1e6, 1) AS megabytes, round(avg(duration_ms)) AS milliseconds
FROM requests
GROUP BY day ORDER BY day
