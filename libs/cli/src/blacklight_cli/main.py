"""The `blacklight` command. It has no commands of its own: installed packages bring them.

A package adds commands by an entry point of the group `blacklight.commands` naming a list of click commands.
"""

from __future__ import annotations

from importlib import metadata

import click

GROUP = "blacklight.commands"
_NONE = (
    "No commands are installed. Install a package that brings some, such as blacklight-local"
    " (in a clone of the repository: make setup)."
)


class ExtensibleGroup(click.Group):
    """A group whose commands are those the installed packages name; loaded when first needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        self._load()
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        self._load()
        if not self.commands:
            raise click.ClickException(_NONE)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, or why there is none."""
        super().format_commands(ctx, formatter)
        if not self.commands:
            formatter.write_paragraph()
            formatter.write_text(_NONE)

    def _load(self) -> None:
        if self.commands:
            return
        for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
            try:
                commands = entry.load()
            except (ImportError, AttributeError) as error:
                # One package that is broken or half installed must not take the others' commands away.
                click.echo(f"warning: the commands of {entry.value} cannot be loaded: {error}", err=True)
                continue
            for command in _checked(commands, entry):
                self._add(command, entry)

    def _add(self, command: click.Command, entry: metadata.EntryPoint) -> None:
        if command.name in self.commands:
            raise click.ClickException(f"two packages bring a command `{command.name}`; one is {entry.value}")
        self.add_command(command)


def _checked(commands: object, entry: metadata.EntryPoint) -> list[click.Command]:
    if not isinstance(commands, list) or not all(isinstance(command, click.Command) for command in commands):
        raise click.ClickException(f"{entry.value} is not a list of click commands")
    return commands


@click.group(cls=ExtensibleGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="blacklight-cli", prog_name="blacklight")
def main() -> None:
    """Blacklight: matches a recruiting company's bench with the job boards' postings."""
