import { Link } from "@tanstack/react-router";
import { buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/states.tsx";

export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>The address may have been cut short on its way here.</p>
      <Link to="/" className={`mt-4 ${buttonClass("main")}`}>
        To the fleet
      </Link>
    </Empty>
  );
}
