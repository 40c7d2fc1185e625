"""The uploaded position survives a write that was cut short."""

from pathlib import Path

from homeprices.stores.spool.files import Position, PositionFile


def test_the_last_position_is_read_back(tmp_path: Path) -> None:
    file = PositionFile(tmp_path / "position", sync=True)
    assert file.position == Position()
    for turn in range(1, 6):
        file.write(Position(turn, 10 * turn, turn, 0))
    file.close()
    assert PositionFile(tmp_path / "position", sync=True).position == Position(5, 50, 5, 0)


def test_a_torn_write_leaves_the_position_before_it(tmp_path: Path) -> None:
    path = tmp_path / "position"
    file = PositionFile(path, sync=False)
    file.write(Position(1, 10, 1, 0))
    file.write(Position(2, 20, 2, 1))
    content = bytearray(path.read_bytes())
    content[8] ^= 0xFF
    path.write_bytes(content)
    assert PositionFile(path, sync=False).position == Position(1, 10, 1, 0)
