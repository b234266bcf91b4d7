"""Upstox's own Python SDK against a replay: what its streamer is told of a past day, counted against the database.

    pip install upstox-python-sdk
    python docs/snippets/upstox_feed.py NIFTY 2025-08-28 2025-08-21 --speed 600 --database data/expirytrack.db

The SDK writes the address of its feed into its code, so the three lines of `pointed_at` change it where the socket is
opened; whatever asks `authorize` for the address first needs `Configuration.host` alone.
"""

import argparse
import collections
import sqlite3
import sys
import threading
import time

import upstox_client
import websocket

INDEX_CANDLE = "I1"


def pointed_at(replay):
    """The SDK's streamer opens its socket at a replay."""
    opened = websocket.WebSocketApp
    feed = replay.replace("http", "ws", 1)
    websocket.WebSocketApp = lambda url, **more: opened(url.replace("wss://api.upstox.com", feed), **more)


def stored(database, day, expiry, most):
    """The contracts of an expiry by live key, those with most candles on a day first, and how many each has."""
    rows = sqlite3.connect(f"file:{database}?mode=ro", uri=True).execute(
        """SELECT c.segment || '|' || c.exchange_token, coalesce(d.candles, 0) AS candles
           FROM expiry e JOIN contract c ON c.expiry_id = e.id
           LEFT JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
           LEFT JOIN series_day d ON d.series_id = s.id AND d.day = ?
           WHERE e.date = ? ORDER BY 2 DESC, 1 LIMIT ?""",
        (day, expiry, most),
    )
    return dict(rows.fetchall())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("underlying")
    parser.add_argument("expiry")
    parser.add_argument("day")
    parser.add_argument("--speed", default="600")
    parser.add_argument("--server", default="http://127.0.0.1:5000")
    parser.add_argument("--token", default="", help="of Settings › Access, where a password is set")
    parser.add_argument("--database", default="data/expirytrack.db")
    parser.add_argument("--contracts", type=int, default=200)
    asked = parser.parse_args()

    replay = f"{asked.server}/api/v1/replay/{asked.underlying}/{asked.expiry}/{asked.day}/upstox/{asked.speed}"
    expected = stored(asked.database, asked.day, asked.expiry, asked.contracts)
    configuration = upstox_client.Configuration()
    configuration.host = replay
    configuration.access_token = asked.token
    client = upstox_client.ApiClient(configuration)
    authorized = upstox_client.WebsocketApi(client).get_market_data_feed_authorize_v3()
    print("authorized:", authorized.data.authorized_redirect_uri)

    pointed_at(replay)
    streamer = upstox_client.MarketDataStreamerV3(client, list(expected), "full")
    # A day that is over stays so.
    streamer.auto_reconnect(False)
    messages, candles, greeks, closed = [], collections.Counter(), 0, threading.Event()

    def on_message(message):
        nonlocal greeks
        kind = message.get("type", "initial_feed")
        messages.append(kind)
        if kind != "live_feed":
            return
        for key, feed in message["feeds"].items():
            full = feed["fullFeed"]["marketFF"]
            candles[key] += any(of["interval"] == INDEX_CANDLE for of in full["marketOHLC"]["ohlc"])
            greeks += "optionGreeks" in full

    streamer.on("message", on_message)
    streamer.on("error", lambda error: print("error:", error))
    streamer.on("close", lambda *_: closed.set())
    began = time.monotonic()
    streamer.connect()
    closed.wait(timeout=3600)

    told, rows = sum(candles.values()), sum(expected.values())
    print(f"messages: {dict(collections.Counter(messages))}, in {time.monotonic() - began:.1f} s")
    print(f"{len(candles)} contracts of {len(expected)} subscribed, {told} candles of {rows} stored, {greeks} with greeks")
    wrong = {key: (candles[key], count) for key, count in expected.items() if candles[key] != count}
    assert messages[:2] == ["market_info", "initial_feed"], messages[:2]
    assert not wrong, f"differ: {wrong}"
    print("equal")


if __name__ == "__main__":
    sys.exit(main())
