"""300 clients that mean harm, plain on loopback and through TLS: they are dropped, and good ones are answered meanwhile.
tests/load/load.py does it and says what it saw."""
# Takes 40 s

from test_load import certificates, check, servers, start  # noqa: F401  (two are fixtures)


def test_300_bad_clients_are_dropped_and_a_good_one_is_answered_meanwhile(servers):  # noqa: F811
    # Both at the same time: they mostly wait.
    processes = {way: start(bekci, "abuse") for way, bekci in servers.items()}
    for way, process in processes.items():
        check(servers[way], process)
